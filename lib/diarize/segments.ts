import type { Window } from "./windows.ts";

/** Speech of one speaker. start, end: seconds; speaker: number from 0 */
export type Segment = { start: number; end: number; speaker: number };

const FRAMES_PER_SECOND = 100;
/** A longer pause ends a segment. Frames. */
const LONGEST_PAUSE = 30;

/**
 * Turns the speakers of windows into segments, in order of time.
 *
 * speech   [frames] 1 for speech
 * windows  whose tiles cover the speech
 * labels   [windows] the speaker of each
 */
export function segmentsOf(
  speech: Uint8Array,
  windows: readonly Window[],
  labels: ArrayLike<number>,
): Segment[] {
  const stretches: { from: number; to: number; speaker: number }[] = [];
  for (const [w, { tileFrom, tileTo }] of windows.entries()) {
    for (let frame = tileFrom; frame < tileTo; frame++) {
      if (!speech[frame]) continue;
      const open = stretches.at(-1);
      if (open?.speaker === labels[w] && frame - open.to < LONGEST_PAUSE) open.to = frame + 1;
      else stretches.push({ from: frame, to: frame + 1, speaker: labels[w] });
    }
  }
  return stretches.map(({ from, to, speaker }) => ({
    start: from / FRAMES_PER_SECOND,
    end: to / FRAMES_PER_SECOND,
    speaker,
  }));
}
