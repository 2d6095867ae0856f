import { widen } from "../audio/features/vad.ts";

/** In frames. The windows' tiles cover the speech once, each around the middle of its window. */
export type Window = { from: number; to: number; tileFrom: number; tileTo: number };

/** Pauses up to twice this long don't end a stretch of speech. Frames of 10 ms. */
const MARGIN = 15;
/** A shorter stretch borrows from its surroundings: less than this has no stable embedding. */
const LEAST_FRAMES = 40;

/**
 * Divides the speech of a recording into overlapping windows.
 *
 * speech  [frames] 1 for speech
 * length  frames of a window; a shorter stretch of speech is one window of its own
 * hop     the most frames from one window to the next
 */
export function windowsOf(speech: Uint8Array, { length, hop }: { length: number; hop: number }): Window[] {
  return stretchesOf(widen(speech, MARGIN)).flatMap(([start, end]) => {
    if (end - start <= length)
      return [{ ...widened(start, end, speech.length), tileFrom: start, tileTo: end }];
    const steps = Math.ceil((end - start - length) / hop);
    const fromOf = (step: number) => Math.round(start + ((end - start - length) * step) / steps);
    const tileOf = (step: number) => Math.round((fromOf(step - 1) + fromOf(step) + length) / 2);
    return Array.from({ length: steps + 1 }, (_, step) => ({
      from: fromOf(step),
      to: fromOf(step) + length,
      tileFrom: step === 0 ? start : tileOf(step),
      tileTo: step === steps ? end : tileOf(step + 1),
    }));
  });
}

function widened(start: number, end: number, frames: number): { from: number; to: number } {
  const missing = Math.max(0, LEAST_FRAMES - (end - start));
  const from = Math.max(0, Math.min(start - Math.ceil(missing / 2), frames - LEAST_FRAMES));
  return { from, to: Math.min(frames, Math.max(end, from + LEAST_FRAMES)) };
}

/** Stretches of ones as [from, to). */
export function stretchesOf(marks: Uint8Array): [from: number, to: number][] {
  const stretches: [number, number][] = [];
  for (let from = marks.indexOf(1); from >= 0; ) {
    const next = marks.indexOf(0, from);
    const to = next < 0 ? marks.length : next;
    stretches.push([from, to]);
    from = marks.indexOf(1, to);
  }
  return stretches;
}
