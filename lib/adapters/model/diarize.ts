import { createHash } from "node:crypto";
import { assignSpeakers } from "../../diarize/assign-speakers.ts";
import { type Segment, segmentsOf } from "../../diarize/segments.ts";
import { windowsOf } from "../../diarize/windows.ts";
import type { DiarizedRecording } from "../../ports/model.ts";
import { embedSamples, type LoadedNetworks } from "./embed-clip.ts";
import { embedWindows } from "./embed-windows.ts";
import { hearSpeech } from "./hear-speech.ts";
import { floats, frameCount, type LongSamples, RATE_HZ } from "./long-samples.ts";

/** Frames of 10 ms. Shorter windows tell voices apart worse, longer ones hide short turns. */
export const WINDOWS = { length: 150, hop: 25 };
/** Speech of a voice that it is identified by. More would change an embedding little. */
const PROBE_SECONDS = 60;
/** The share of the work until all speech is heard; the rest is embedding. */
const HEARING = 0.25;

/**
 * Finds the voices of a recording: speech is divided into windows, the windows are embedded and
 * assigned to speakers, and each speaker's longest segments together are embedded as a clip.
 *
 * onProgress  gets seconds of audio that are done, of all
 */
export async function diarizeSamples(
  networks: LoadedNetworks,
  { samples, sourceRateHz }: { samples: LongSamples; sourceRateHz: number },
  onProgress: (done: number, total: number) => Promise<void> | void,
): Promise<DiarizedRecording> {
  const seconds = samples.length / RATE_HZ;
  const frames = Math.max(1, frameCount(samples));
  const show = async (share: number) => onProgress(Math.round(share * seconds), Math.round(seconds));
  const { speech, mean } = await hearSpeech(networks, samples, (done) => show((HEARING * done) / frames));
  const windows = windowsOf(speech, WINDOWS);
  const rows = await embedWindows(networks, samples, { windows, mean }, (done) =>
    show(HEARING + ((1 - HEARING) * done) / frames),
  );
  const labels = assignSpeakers(rows, windows, networks.voiceSpace);
  const segments = segmentsOf(speech, windows, labels);
  const voices: DiarizedRecording["voices"][number][] = [];
  for (const own of bySpeaker(segments)) {
    const pieces = probePieces(own).map(({ start, end }) =>
      samples.subarray(Math.round(start * RATE_HZ), Math.round(end * RATE_HZ)),
    );
    const probe = await embedSamples(networks, { ...joinedPieces(pieces), sourceRateHz });
    voices.push({ probe, speechSeconds: lengthOf(own) });
  }
  return {
    seconds,
    voices,
    segments: segments.map(({ start, end, speaker }) => ({ start, end, voice: speaker })),
  };
}

/** The segments of each speaker, in the speakers' order. */
const bySpeaker = (segments: readonly Segment[]): readonly Segment[][] =>
  [...Map.groupBy(segments, ({ speaker }) => speaker)].sort(([a], [b]) => a - b).map(([, own]) => own);

const lengthOf = (segments: readonly Segment[]): number =>
  Math.round(100 * segments.reduce((sum, { start, end }) => sum + end - start, 0)) / 100;

/**
 * The longest segments up to a minute, in order of time: long ones are hardly ever of two people.
 */
export function probePieces<Piece extends { start: number; end: number }>(
  segments: readonly Piece[],
): readonly Piece[] {
  const longest = segments.toSorted((a, b) => b.end - b.start - (a.end - a.start));
  let sum = 0;
  const chosen = longest.filter(({ start, end }) => {
    sum += end - start;
    return sum - (end - start) < PROBE_SECONDS;
  });
  return chosen.sort((a, b) => a.start - b.start);
}

function joinedPieces(pieces: readonly LongSamples[]) {
  const whole = new Int16Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  const kept = whole.subarray(0, (PROBE_SECONDS + 1) * RATE_HZ);
  const audioSha256 = createHash("sha256").update(kept).digest("hex");
  return { samples: floats(kept), audioSha256 };
}
