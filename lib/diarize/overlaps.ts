import { CLASSES, NEVER_ALONE, pairsIn, peopleOf, type SegmentedWindow } from "./powerset.ts";

/** When two voices of a recording are taken to speak at once. */
export type OverlapSettings = {
  /** Who somebody of a window is: see `peopleOf`. */
  alone: number;
  share: number;
  /** Somebody who never speaks alone is a voice that speaks so soon before or after. Frames. */
  near: number;
  /** An overlap that is less probable, or shorter (frames), is none. */
  probability: number;
  frames: number;
};

/** Chosen on people held out of training (docs/experiments.md). */
export const USUAL_OVERLAPS: OverlapSettings = {
  ...{ alone: 1, share: 0.8, near: 50 },
  ...{ probability: 0.7, frames: 20 },
};

/**
 * Finds where two voices of a recording speak at once, from the outputs of a segmentation network
 * with powerset classes. Two people of a window count if each of them also speaks alone there, as
 * another voice, or speaks just before or after: an echo does neither.
 *
 * windows  in any order; who is the first, second and third person may differ between them. Where
 *          windows overlap, each counts most in its middle
 * voices   [frames of 10 ms] the voice that speaks, -1 where no one does
 * returns  [frames] the second voice that speaks at the same time, or -1
 *
 * Source of the classes: Plaquet and Bredin 2023, doi:10.21437/Interspeech.2023-205.
 */
export function secondVoices(
  windows: readonly SegmentedWindow[],
  voices: Int32Array,
  settings: OverlapSettings = USUAL_OVERLAPS,
): Int32Array {
  const nearby = nearbyVoices(voices, settings.near);
  const weights = new Float32Array(voices.length);
  const sums = new Map<number, Float32Array>();
  for (const window of windows) {
    const people = peopleOf(window.logs, voices.subarray(Math.round(window.from * 100)), settings);
    for (const { frame, weight, pairs } of pairsIn(window, voices.length)) {
      weights[frame] += weight;
      for (const [pair, probability] of pairs) {
        const [a, b] = CLASSES[pair].map((person) => people[person]);
        const second = besides(voices[frame], a, b, nearby(frame));
        if (second < 0) continue;
        const sum = sums.get(second) ?? new Float32Array(voices.length);
        sums.set(second, sum);
        sum[frame] += weight * probability;
      }
    }
  }
  return likelySeconds(sums, weights, settings);
}

/**
 * Which of two people speaks at the same time as `voice`; negative if neither does. near: other
 * voices, the nearest first
 */
function besides(voice: number, a: number, b: number, near: readonly number[]): number {
  if (voice < 0 || a === b) return -1;
  const other = voice === a ? b : voice === b ? a : undefined;
  if (other !== undefined) return other === NEVER_ALONE ? (near[0] ?? -1) : other;
  // One of the two is somebody else: then the one who never speaks alone is our voice.
  const known = a === NEVER_ALONE ? b : b === NEVER_ALONE ? a : -1;
  return near.includes(known) ? known : -1;
}

/** The voices that speak last before a frame and first after it, other than its own. */
function nearbyVoices(voices: Int32Array, most: number): (frame: number) => readonly number[] {
  const before = lastOthers(voices);
  const after = lastOthers(voices.toReversed()).reverse();
  return (frame) => {
    const [last, next] = [before[frame], voices.length - 1 - after[frame]];
    return [last, next]
      .filter((at) => at >= 0 && at < voices.length && Math.abs(frame - at) <= most)
      .sort((one, other) => Math.abs(frame - one) - Math.abs(frame - other))
      .map((at) => voices[at]);
  };
}

/** [frames] the last frame before in which another voice than the frame's speaks, or -1. */
function lastOthers(voices: Int32Array): Int32Array {
  const others = new Int32Array(voices.length).fill(-1);
  let [last, other] = [-1, -1];
  for (const [frame, voice] of voices.entries()) {
    if (voice >= 0 && last >= 0 && voices[last] !== voice) other = last;
    if (voice >= 0) last = frame;
    others[frame] = other;
  }
  return others;
}

function likelySeconds(
  sums: ReadonlyMap<number, Float32Array>,
  weights: Float32Array,
  { probability, frames }: OverlapSettings,
): Int32Array {
  const seconds = Int32Array.from(weights, (weight, frame) => {
    let [best, most] = [-1, probability * weight];
    for (const [voice, sum] of sums) if (sum[frame] > most) [best, most] = [voice, sum[frame]];
    return best;
  });
  for (let from = 0, to = 0; from < seconds.length; from = to) {
    while (to < seconds.length && seconds[to] === seconds[from]) to++;
    if (to - from < frames) seconds.fill(-1, from, to);
  }
  return seconds;
}
