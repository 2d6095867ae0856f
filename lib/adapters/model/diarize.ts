import { assignSpeakers } from "../../diarize/assign-speakers.ts";
import { secondVoices } from "../../diarize/overlaps.ts";
import type { Talk } from "../../diarize/person-frames.ts";
import type { SegmentedWindow } from "../../diarize/powerset.ts";
import { frameLabels } from "../../diarize/segments.ts";
import { windowsOf } from "../../diarize/windows.ts";
import type { DiarizedRecording, Embedder } from "../../ports/model.ts";
import type { LoadedNetworks } from "./embed-clip.ts";
import { embedWindows } from "./embed-windows.ts";
import { hearSpeech } from "./hear-speech.ts";
import { frameCount, type LongSamples, RATE_HZ } from "./long-samples.ts";
import { personVoices } from "./recording-voices.ts";
import { type Segmenter, segmentRecording } from "./segmentation.ts";

/** Frames of 10 ms. Shorter windows tell voices apart worse, longer ones hide short turns. */
export const WINDOWS = { length: 150, hop: 25 };
/** The shares of the work, in order: finding speech, finding overlaps, embedding. */
const SHARES = { hearing: 0.15, segmenting: 0.5 };

type Options = Omit<NonNullable<Parameters<Embedder["diarize"]>[1]>, "signal"> & {
  openSegmenter?: (() => Promise<Segmenter>) | undefined;
};

/**
 * Finds the voices of a recording: speech is divided into windows, the windows are embedded and
 * assigned to speakers, and each speaker's longest segments together are embedded as a clip.
 *
 * openSegmenter  opens what finds where two people speak at once. It is released before the windows
 *                are embedded, to save memory. Without it, no overlaps are found
 */
export async function diarizeSamples(
  networks: LoadedNetworks,
  { samples, sourceRateHz }: { samples: LongSamples; sourceRateHz: number },
  { onProgress = () => undefined, openSegmenter, ...rest }: Options = {},
): Promise<DiarizedRecording> {
  const seconds = samples.length / RATE_HZ;
  const show = async (share: number) => onProgress(Math.round(share * seconds), Math.round(seconds));
  const talk = await hear(networks, samples, openSegmenter, show);
  const { voices, segments } = await personVoices(networks, talk, { samples, sourceRateHz, ...rest });
  return {
    seconds,
    voices,
    segments: segments.map(({ start, end, speaker }) => ({ start, end, voice: speaker })),
  };
}

/** Who speaks when, by the sound alone. `show`: see `onProgress`, as a share from 0 to 1. */
async function hear(
  networks: LoadedNetworks,
  samples: LongSamples,
  openSegmenter: Options["openSegmenter"],
  show: (share: number) => Promise<void>,
): Promise<Talk> {
  const frames = Math.max(1, frameCount(samples));
  const { hearing } = SHARES;
  const { speech, mean } = await hearSpeech(networks, samples, (done) => show((hearing * done) / frames));
  const segmenting = openSegmenter ? SHARES.segmenting : 0;
  const heard = await segmented(samples, openSegmenter, (done) =>
    show(hearing + (segmenting * done) / samples.length),
  );
  const windows = windowsOf(speech, WINDOWS);
  const before = hearing + segmenting;
  const rows = await embedWindows(networks, samples, { windows, mean }, (done) =>
    show(before + ((1 - before) * done) / frames),
  );
  const first = frameLabels(speech, windows, assignSpeakers(rows, windows, networks.voiceSpace));
  return { first, second: secondVoices(heard, first) };
}

async function segmented(
  samples: LongSamples,
  open: Options["openSegmenter"],
  onWindow: (done: number) => Promise<void>,
): Promise<SegmentedWindow[]> {
  const segmenter = await open?.();
  if (!segmenter) return [];
  return segmentRecording(segmenter, samples, onWindow).finally(() => segmenter.release());
}
