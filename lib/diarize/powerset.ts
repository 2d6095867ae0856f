/** One run of a segmentation network. from: seconds; logs: [frames][7] natural logarithms */
export type SegmentedWindow = { from: number; logs: Float32Array };

/** A network hears so much at once. */
export const SEGMENTATION_SECONDS = 10;
/** Who speaks in each class: no one, one of the three people of a window, or two of them. */
export const CLASSES = [[], [0], [1], [2], [0, 1], [0, 2], [1, 2]] as const;
export const POWERSET_CLASSES = CLASSES.length;
const FIRST_PAIR = 4;
/** In seconds, of the middle of a frame: 270 samples a frame, the first one's at 495.5. */
const SHIFT = 270 / 16_000;
const FIRST_MIDDLE = 495.5 / 16_000;
const FRAMES_PER_SECOND = 100;

/** The middle of a frame of the network, in seconds from the start of its window. */
const middleOf = (frame: number): number => FIRST_MIDDLE + SHIFT * frame;

/** The frame of 10 ms in which the middle of a frame of the network lies. */
const frameOf = (frame: number): number => Math.floor(middleOf(frame) * FRAMES_PER_SECOND);

/** What is probable in a frame of 10 ms. weight: how far it is from the edges of the window */
type Heard = {
  frame: number;
  weight: number;
  pairs: readonly (readonly [pair: number, probability: number])[];
};

/**
 * The frames of a recording that a window hears, and the pairs of its people that may speak at once
 * there. pair: place in CLASSES
 */
export function* pairsIn({ from, logs }: SegmentedWindow, frames: number): Generator<Heard> {
  const start = Math.round(from * FRAMES_PER_SECOND);
  const end = Math.min(frames, start + SEGMENTATION_SECONDS * FRAMES_PER_SECOND);
  const last = logs.length / POWERSET_CLASSES - 1;
  for (let frame = start; frame < end; frame++) {
    const seconds = (frame - start + 0.5) / FRAMES_PER_SECOND;
    const nearest = Math.round((seconds - FIRST_MIDDLE) / SHIFT);
    const at = POWERSET_CLASSES * Math.max(0, Math.min(last, nearest));
    const pairs: [number, number][] = [];
    for (let pair = FIRST_PAIR; pair < POWERSET_CLASSES; pair++) {
      const probability = Math.exp(logs[at + pair]);
      if (probability > LEAST_PROBABILITY) pairs.push([pair, probability]);
    }
    yield { frame, weight: Math.min(seconds, SEGMENTATION_SECONDS - seconds), pairs };
  }
}

const LEAST_PROBABILITY = 0.01;

/** Somebody of a window who hardly speaks alone, or like several voices. */
export const [NEVER_ALONE, MIXED] = [-1, -2];

/**
 * Which voice each of the three people of a window is, by what they say alone, or NEVER_ALONE or
 * MIXED.
 *
 * voices  [frames of 10 ms] the voice that speaks, from the start of the window on; -1 for none
 * alone   seconds that somebody speaks alone, at least
 * share   of these seconds, the least that is of one voice. 0..1
 */
export function peopleOf(
  logs: Float32Array,
  voices: Int32Array,
  { alone, share }: { alone: number; share: number },
): readonly number[] {
  const seconds = [0, 1, 2].map(() => new Map<number, number>());
  for (let at = 0; at < logs.length; at += POWERSET_CLASSES) {
    const own = logs.subarray(at, at + POWERSET_CLASSES);
    const [person, ...others] = CLASSES[own.indexOf(Math.max(...own))];
    const voice = voices[frameOf(at / POWERSET_CLASSES)] ?? -1;
    if (person === undefined || others.length > 0 || voice < 0) continue;
    seconds[person].set(voice, (seconds[person].get(voice) ?? 0) + SHIFT);
  }
  return seconds.map((own) => {
    const all = [...own.values()].reduce((sum, x) => sum + x, 0);
    const [best] = [...own].sort(([, a], [, b]) => b - a);
    if (!best || all < alone) return NEVER_ALONE;
    return best[1] >= share * all ? best[0] : MIXED;
  });
}
