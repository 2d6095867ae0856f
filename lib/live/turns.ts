/** Frames of 10 ms. */
export const FRAMES_PER_SECOND = 100;

/** A turn starts once this many of the last `START_WITHIN` frames are surely speech. */
const START_FRAMES = 15;
const START_WITHIN = 30;
/** A turn ends after this many frames without speech: 0.6 s. */
const END_FRAMES = 60;
/** A turn continues down to this share of the threshold, as in lib/audio/features/vad.ts. */
const HYSTERESIS = 0.7;
/** Frames that belong to a turn before its first and after its last speech. */
const PAD = 10;
/** Longer turns are cut, which bounds what is kept of them: half a minute. */
export const MOST_TURN_FRAMES = 30 * FRAMES_PER_SECOND;

export type TurnEvent =
  | { kind: "start"; frame: number }
  /** reason: `cut` if the turn was too long. The next one then starts with the next speech */
  | { kind: "end"; frame: number; reason: "silence" | "cut" };

export type OpenTurn = {
  /** The first frame that belongs to the turn. */
  from: number;
  /** The frames with speech, in order. */
  speech: readonly number[];
};

/**
 * Finds the turns of a stream. Frames are counted from the start of the stream.
 *
 * threshold  of the voice-activity network, 0..1
 */
export function turnDetector(threshold: number) {
  let frame = 0;
  let earliest = 0;
  let sure: number[] = [];
  let turn: { from: number; speech: number[] } | undefined;

  function outside(probability: number): TurnEvent | undefined {
    if (probability >= threshold) sure.push(frame);
    sure = sure.filter((one) => one > frame - START_WITHIN);
    const [first] = sure;
    if (first === undefined || sure.length < START_FRAMES) return undefined;
    turn = { from: Math.max(earliest, first - PAD), speech: sure };
    sure = [];
    return { kind: "start", frame: turn.from };
  }

  function inside(open: { from: number; speech: number[] }, probability: number): TurnEvent | undefined {
    if (probability >= HYSTERESIS * threshold) open.speech.push(frame);
    const last = open.speech.at(-1) ?? open.from;
    if (frame - last >= END_FRAMES) return end(last + PAD + 1, "silence");
    return frame - open.from + 1 >= MOST_TURN_FRAMES ? end(frame + 1, "cut") : undefined;
  }

  function end(at: number, reason: "silence" | "cut"): TurnEvent {
    turn = undefined;
    earliest = at;
    return { kind: "end", frame: at, reason };
  }

  return {
    /** Takes the probability of the next frame. */
    push(probability: number): TurnEvent | undefined {
      const event = turn ? inside(turn, probability) : outside(probability);
      frame += 1;
      return event;
    },
    /** The turn that is open now. */
    get open(): OpenTurn | undefined {
      return turn;
    },
    /**
     * Ends the open turn at `at`, where another voice has taken over, and starts the next one
     * there.
     */
    split(at: number): void {
      if (turn) turn = { from: at, speech: turn.speech.filter((one) => one >= at) };
      earliest = at;
    },
    /** The end of the open turn if the stream ended now. */
    close(): TurnEvent | undefined {
      const last = turn?.speech.at(-1);
      return last === undefined ? undefined : end(Math.min(frame, last + PAD + 1), "silence");
    },
  };
}
