import { fbank } from "../../audio/features/fbank.ts";
import { inputBins } from "../../audio/features/model-input.ts";
import { speechFrames } from "../../audio/features/vad.ts";
import type { Features } from "../../audio/types.ts";
import type { LoadedNetworks } from "./embed-clip.ts";
import { featuresBetween, frameCount, type LongSamples, samplesBetween } from "./long-samples.ts";
import { sameRecipe } from "./manifest.ts";

/** Frames that are looked at together: two minutes. */
const PIECE = 12_000;
/**
 * The network sees 6.8 s to either side of a frame (docs/decisions/0006-voice-activity-windows.md).
 */
const CONTEXT = 700;

export type HeardSpeech = {
  /** [frames] 1 for speech, as `speechFrames` decides within a piece. */
  speech: Uint8Array;
  /** [bins] mean of the model's raw input over the frames of speech. */
  mean: Float32Array;
};

/**
 * Finds the speech of a long recording in pieces of two minutes, each with its surroundings.
 * `onPiece` gets the number of frames that are done.
 */
export async function hearSpeech(
  { model, vad, detector }: LoadedNetworks,
  samples: LongSamples,
  onPiece: (frames: number) => Promise<void>,
): Promise<HeardSpeech> {
  const frames = frameCount(samples);
  const speech = new Uint8Array(frames);
  const sum = new Float64Array(inputBins(model.features));
  for (let start = 0; start < frames; start += PIECE) {
    const end = Math.min(frames, start + PIECE);
    const [from, to] = [Math.max(0, start - CONTEXT), Math.min(frames, end + CONTEXT)];
    const features = fbank(samplesBetween(samples, from, to), vad.recipe);
    const mask = speechFrames(await detector.run(features), features, vad.threshold);
    const own = mask.subarray(start - from, end - from);
    speech.set(own, start);
    const same = sameRecipe(model.features, vad.recipe);
    const raw = same ? features : featuresBetween(samples, from, to, model.features);
    addFrames(sum, raw, own, start - from);
    await onPiece(end);
  }
  const count = Math.max(
    1,
    speech.reduce((total, one) => total + one, 0),
  );
  return { speech, mean: Float32Array.from(sum, (x) => x / count) };
}

/** Adds the frames that are speech. `offset`: the first frame of the mask. */
function addFrames(sum: Float64Array, { bins, data }: Features, mask: Uint8Array, offset: number): void {
  for (const [frame, one] of mask.entries()) {
    if (!one) continue;
    for (let bin = 0; bin < bins; bin++)
      sum[bin] = (sum[bin] ?? 0) + (data[(offset + frame) * bins + bin] ?? 0);
  }
}
