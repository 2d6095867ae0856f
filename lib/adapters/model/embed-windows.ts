import { subtractsMean } from "../../audio/features/model-input.ts";
import type { Features } from "../../audio/types.ts";
import type { Window } from "../../diarize/windows.ts";
import type { LoadedNetworks } from "./embed-clip.ts";
import { featuresBetween, type LongSamples } from "./long-samples.ts";
import { voiceOf } from "./voice.ts";

/** Windows that the network gets at once. More don't make it faster. */
const BATCH = 16;
/** Frames of which the features are in memory together: a minute. */
const PIECE = 6000;

/**
 * Embeds the windows of a long recording, in order of time.
 *
 * mean      [bins] subtracted from the features if the model subtracts means. The mean of a window
 *           would take away half of what tells voices apart: with the recording's mean, confused
 *           speech fell from 11 to 6 % (docs/experiments.md)
 * onPiece   gets the number of frames that are done
 * returns   [windows][dimension] row-major, unit rows
 */
export async function embedWindows(
  networks: LoadedNetworks,
  samples: LongSamples,
  { windows, mean }: { windows: readonly Window[]; mean: Float32Array },
  onPiece: (frames: number) => Promise<void>,
): Promise<Float32Array> {
  const { model } = networks;
  const rows = new Float32Array(windows.length * model.dimension);
  for (let first = 0; first < windows.length; ) {
    const piece = pieceFrom(windows, first);
    const from = Math.min(...piece.map((window) => window.from));
    const to = Math.max(...piece.map((window) => window.to));
    const raw = featuresBetween(samples, from, to, model.features);
    const features = subtractsMean(model.features) ? minus(raw, mean) : raw;
    const places = piece.map((window) => ({ from: window.from - from, to: window.to - from }));
    rows.set(await embedPlaces(networks, features, places), first * model.dimension);
    first += piece.length;
    await onPiece(to);
  }
  return rows;
}

function pieceFrom(windows: readonly Window[], first: number): readonly Window[] {
  const until = (windows[first]?.from ?? 0) + PIECE;
  const end = windows.findIndex((window, w) => w > first && window.to > until);
  return windows.slice(first, end < 0 ? windows.length : end);
}

const minus = ({ frames, bins, data }: Features, mean: Float32Array): Features => ({
  ...{ frames, bins },
  data: data.map((x, i) => x - (mean[i % bins] ?? 0)),
});

/** Windows of one length run together. */
async function embedPlaces(
  { model, speaker }: Pick<LoadedNetworks, "model" | "speaker">,
  { bins, data }: Features,
  places: readonly { from: number; to: number }[],
): Promise<Float32Array> {
  const { dimension } = model;
  const rows = new Float32Array(places.length * dimension);
  const numbered = places.map((place, index) => ({ ...place, index }));
  for (const [frames, all] of Map.groupBy(numbered, ({ from, to }) => to - from))
    for (let at = 0; at < all.length; at += BATCH) {
      const batch = all.slice(at, at + BATCH);
      const input = new Float32Array(batch.length * frames * bins);
      for (const [i, { from, to }] of batch.entries())
        input.set(data.subarray(from * bins, to * bins), i * frames * bins);
      const output = await speaker.run({ frames, bins, data: input }, batch.length);
      for (const [i, { index }] of batch.entries())
        rows.set(voiceOf(model, output.subarray(i * dimension, (i + 1) * dimension)), index * dimension);
    }
  return rows;
}
