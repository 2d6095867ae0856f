import type { Turn } from "../../lib/diarize/error-rate.ts";

/** Seconds in which two or more people speak at once. right: both in the reference and found */
export type Overlaps = { true: number; found: number; right: number };

const FRAMES_PER_SECOND = 100;

export function overlapsIn(reference: readonly Turn[], system: readonly Turn[]): Overlaps {
  const seconds = Math.max(...[...reference, ...system].map(({ end }) => end), 0);
  const frames = Math.ceil(seconds * FRAMES_PER_SECOND) + 1;
  const [truth, claimed] = [speakersIn(reference, frames), speakersIn(system, frames)];
  const count = (counts: (frame: number) => boolean) =>
    truth.reduce((sum, _, frame) => sum + (counts(frame) ? 1 : 0), 0) / FRAMES_PER_SECOND;
  return {
    true: count((frame) => truth[frame] > 1),
    found: count((frame) => claimed[frame] > 1),
    right: count((frame) => truth[frame] > 1 && claimed[frame] > 1),
  };
}

/** [frames] how many people speak in each. */
function speakersIn(turns: readonly Turn[], frames: number): Uint8Array {
  const marks = Map.groupBy(turns, ({ speaker }) => speaker);
  const sum = new Uint8Array(frames);
  for (const own of marks.values()) {
    const speaks = new Uint8Array(frames);
    for (const { start, end } of own)
      speaks.fill(1, Math.round(start * FRAMES_PER_SECOND), Math.round(end * FRAMES_PER_SECOND));
    for (let frame = 0; frame < frames; frame++) sum[frame] += speaks[frame];
  }
  return sum;
}
