import { FRAMES_PER_SECOND } from "./turns.ts";

/** Frames, as lib/audio/features/vad.ts closes gaps and widens speech. */
const MIN_GAP = 20;
const HANGOVER = 5;

/**
 * Returns the net speech of a turn, s, counted as for a clip: gaps under 200 ms are closed, and
 * each stretch has 50 ms more on both sides.
 *
 * speech  the frames with speech, in order
 */
export function speechSeconds(speech: readonly number[]): number {
  let frames = 0;
  let last: number | undefined;
  for (const frame of speech) {
    const gap = last === undefined ? Number.POSITIVE_INFINITY : frame - last - 1;
    frames += gap < MIN_GAP ? gap + 1 : 1 + 2 * HANGOVER;
    last = frame;
  }
  return frames / FRAMES_PER_SECOND;
}
