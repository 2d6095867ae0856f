import type { Window } from "./windows.ts";

/** Speech of one speaker. start, end: seconds; speaker: number from 0 */
export type Segment = { start: number; end: number; speaker: number };

export const FRAMES_PER_SECOND = 100;
/** A longer pause ends a segment. Frames. */
const LONGEST_PAUSE = 30;

/** [frames] the speaker of each frame of speech, -1 where no one speaks. */
export function frameLabels(
  speech: Uint8Array,
  windows: readonly Window[],
  labels: ArrayLike<number>,
): Int32Array {
  const frames = new Int32Array(speech.length).fill(-1);
  for (const [w, { tileFrom, tileTo }] of windows.entries()) frames.fill(labels[w], tileFrom, tileTo);
  return frames.map((label, frame) => (speech[frame] ? label : -1));
}

/**
 * Turns the speakers of frames into segments, in order of time. They overlap where two people speak
 * at once.
 *
 * first   [frames] the speaker, -1 where no one speaks
 * second  [frames] another speaker at the same time, -1 where there is none
 */
export function segmentsOf(first: Int32Array, second: Int32Array): Segment[] {
  const stretches: Stretch[] = [];
  const open = new Map<number, Stretch>();
  let lastSpoken = 0;
  const speak = (speaker: number, frame: number) => {
    const own = open.get(speaker);
    // What somebody else says in a pause ends a segment, however short it is.
    if (own && (own.to === frame || (own.to === lastSpoken && frame - own.to < LONGEST_PAUSE)))
      own.to = frame + 1;
    else {
      const begun = { from: frame, to: frame + 1, speaker };
      open.set(speaker, begun);
      stretches.push(begun);
    }
  };
  for (let frame = 0; frame < first.length; frame++) {
    if (first[frame] < 0) continue;
    speak(first[frame], frame);
    if (second[frame] >= 0 && second[frame] !== first[frame]) speak(second[frame], frame);
    lastSpoken = frame + 1;
  }
  return stretches.map(({ from, to, speaker }) => ({
    start: from / FRAMES_PER_SECOND,
    end: to / FRAMES_PER_SECOND,
    speaker,
  }));
}

type Stretch = { from: number; to: number; speaker: number };

/** The parts of segments during which none of the others speaks, in order of time. */
export function aloneIn<Piece extends { start: number; end: number }>(
  segments: readonly Piece[],
  others: readonly { start: number; end: number }[],
): Piece[] {
  return segments.flatMap((segment) => {
    let rest = [segment];
    for (const { start, end } of others)
      rest = rest.flatMap((piece) => {
        if (end <= piece.start || start >= piece.end) return [piece];
        return [
          ...(start > piece.start ? [{ ...piece, end: start }] : []),
          ...(end < piece.end ? [{ ...piece, start: end }] : []),
        ];
      });
    return rest;
  });
}
