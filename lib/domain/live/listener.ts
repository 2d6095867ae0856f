import { writeWav } from "../../audio/write-wav.ts";
import { FITTED } from "../../live/fitted.ts";
import { joinSamples } from "../../live/input.ts";
import { pooledVoice, WINDOW_SECONDS, type Window } from "../../live/pooled-voice.ts";
import { speechSeconds } from "../../live/speech-seconds.ts";
import { FRAMES_PER_SECOND, type OpenTurn, turnDetector } from "../../live/turns.ts";
import type { ClipEmbedding, Embedder } from "../../ports/model.ts";
import type { UnitVector } from "../../score/scoring/vector.ts";

const RATE_HZ = 16_000;
const FRAME = RATE_HZ / FRAMES_PER_SECOND;
/** Samples that are heard together: 200 ms. */
export const STEP = 3200;
const STEP_FRAMES = STEP / FRAME;
/** Steps that the voice-activity network hears: 2.4 s. */
const CONTEXT = 12;
/** The network is less sure of the last frames, so they wait for the next step. */
const EDGE = 5;
/** Net speech before the first look at a turn, and between looks, s. */
const FIRST_LOOK = 1.2;
const NEXT_LOOK = 0.5;
/** A window with pauses has at most this many frames. */
const LONGEST_WINDOW = 6 * FRAMES_PER_SECOND;
/** Frames before the first speech of a window. */
const MARGIN = 10;

/** The speech of a turn so far, as if it were a clip. */
export type Look = ClipEmbedding & { embedding: NonNullable<ClipEmbedding["embedding"]> };
/** turn: counted from 1. atSeconds: since the start of the stream */
export type Heard = { turn: number; atSeconds: number } & (
  | { kind: "start" }
  /** likeness: as `pooledVoice` has it */
  | { kind: "look"; look: Look; likeness: readonly (number | undefined)[] }
  /** Another voice has taken over here, without a pause. This is the first of its turn. */
  | { kind: "changed" }
  /** samples: 16 kHz, the whole turn */
  | { kind: "end"; samples: Float32Array; heardSeconds: number }
);

/**
 * Listens to a stream: finds turns, and looks at the voice of each one while it lasts. Keeps at
 * most the samples of one turn.
 *
 * hear            gets what was heard, in order. The next step waits for it
 * changeLikeness  see lib/live/pooled-voice.ts
 */
export function liveListener(
  embedder: Pick<Embedder, "embed" | "hear">,
  hear: (heard: Heard) => Promise<void> | void,
  changeLikeness: readonly number[] = FITTED.changeLikeness,
) {
  const newVoice = () => ({ next: FIRST_LOOK, pool: pooledVoice(changeLikeness) });
  let kept: Float32Array[] = [];
  let steps = 0;
  let frame = 0;
  let turn = 0;
  let turns: ReturnType<typeof turnDetector> | undefined;
  let voice = newVoice();

  const samplesOf = (from: number, to: number): Float32Array => {
    const dropped = steps - kept.length;
    const first = Math.max(0, Math.floor(from / STEP_FRAMES) - dropped);
    const last = Math.ceil(to / STEP_FRAMES) - dropped;
    const start = (first + dropped) * STEP;
    const samples = joinSamples(kept.slice(first, last));
    return samples.slice(Math.max(0, from * FRAME - start), Math.max(0, to * FRAME - start));
  };

  async function ended(open: OpenTurn, end: number): Promise<void> {
    const heardSeconds = speechSeconds(open.speech.filter((one) => one < end));
    const samples = samplesOf(open.from, end);
    voice = newVoice();
    await hear({ kind: "end", turn, atSeconds: secondsOf(end), samples, heardSeconds });
  }

  async function began(kind: "changed" | "start", from: number): Promise<void> {
    turn += 1;
    await hear({ kind, turn, atSeconds: secondsOf(from) });
  }

  async function embedWindow(open: OpenTurn) {
    const first = open.speech.at(-WINDOW_SECONDS * FRAMES_PER_SECOND) ?? open.from;
    const from = Math.max(open.from, first - MARGIN, frame - LONGEST_WINDOW);
    const bytes = writeWav(samplesOf(from, steps * STEP_FRAMES));
    return embedder.embed({ bytes, mediaType: "audio/wav" });
  }

  async function look(detector: ReturnType<typeof turnDetector>, open: OpenTurn): Promise<void> {
    const seconds = speechSeconds(open.speech);
    if (seconds < voice.next) return;
    while (voice.next <= seconds) voice.next += NEXT_LOOK;
    const window = await embedWindow(open);
    const { embedding } = window;
    if (!embedding) return;
    const latest = { voice: embedding, heardSeconds: seconds };
    const others = voice.pool.otherVoice(latest);
    if (others) return takenOver(detector, open, { others, window });
    await looked(open, { window, embedding, heardSeconds: seconds });
  }

  /** Begins the turn of another voice, which is in the last windows. */
  async function takenOver(
    detector: ReturnType<typeof turnDetector>,
    open: OpenTurn,
    { others, window }: { others: readonly Window[]; window: ClipEmbedding },
  ): Promise<void> {
    const first = open.speech.at(-others.length * WINDOW_SECONDS * FRAMES_PER_SECOND) ?? open.from;
    const from = Math.max(open.from, first - MARGIN);
    await ended(open, from);
    detector.split(from);
    await began("changed", from);
    for (const [i, { voice: one }] of others.slice(0, -1).entries())
      voice.pool.add({ voice: one, heardSeconds: (i + 1) * WINDOW_SECONDS });
    const now = detector.open ?? open;
    const heardSeconds = speechSeconds(now.speech);
    while (voice.next <= heardSeconds) voice.next += NEXT_LOOK;
    const embedding = others.at(-1)?.voice;
    if (embedding) await looked(now, { window, embedding, heardSeconds });
  }

  async function looked(
    now: OpenTurn,
    {
      window,
      embedding,
      heardSeconds,
    }: { window: ClipEmbedding; embedding: UnitVector; heardSeconds: number },
  ): Promise<void> {
    const latest = { voice: embedding, heardSeconds };
    const likeness = voice.pool.likeness(latest);
    const times = { totalSeconds: secondsOf(frame - now.from), speechSeconds: heardSeconds };
    const look = { ...window, embedding: voice.pool.add(latest), quality: { ...window.quality, ...times } };
    await hear({ kind: "look", turn, atSeconds: secondsOf(frame), look, likeness });
  }

  async function step(samples: Float32Array): Promise<void> {
    kept.push(samples);
    steps += 1;
    const context = kept.slice(-CONTEXT);
    const first = (steps - context.length) * STEP_FRAMES;
    const { probability, threshold } = await embedder.hear(joinSamples(context));
    turns ??= turnDetector(threshold);
    for (; frame < first + probability.length - EDGE; frame++) {
      const before = turns.open;
      const event = turns.push(probability[frame - first] ?? 0);
      if (event?.kind === "start") await began("start", event.frame);
      if (event?.kind === "end" && before) await ended(before, event.frame);
    }
    if (turns.open) await look(turns, turns.open);
    const needed = Math.min(steps - CONTEXT, Math.floor((turns.open?.from ?? frame) / STEP_FRAMES) - 1);
    kept = kept.slice(Math.max(0, kept.length - (steps - Math.max(0, needed))));
  }

  return {
    /** Takes `STEP` samples. Call it again when it has resolved. */
    step,
    /** Ends the open turn, because the stream has ended. */
    async close(): Promise<void> {
      const open = turns?.open;
      const event = turns?.close();
      if (open && event) await ended(open, event.frame);
    },
  };
}

const secondsOf = (frames: number): number => frames / FRAMES_PER_SECOND;
