import type { Turn } from "../../lib/diarize/error-rate.ts";
import type { Random } from "../../models/build/random.ts";

export const RATE = 16_000;
/** Someone's speech, in pieces of which each is a turn's material. */
export type Person = { speaker: string; speech: Float32Array };
export type Conversation = {
  /** 16 kHz mono, each person's voice alone, before the room, the line and the noise. */
  samples: Float32Array;
  /** Who speaks when, without pauses of 0.3 s and more. May overlap. */
  turns: readonly Turn[];
};

const TURN_SECONDS = [1, 10] as const;
const PAUSE_SECONDS = [0.1, 1.2] as const;
const OVERLAP_SECONDS = [0.3, 2] as const;
const LEVEL_DB = 4;
const FADE_SAMPLES = 80;
/** Frames of 10 ms. */
const FRAME = RATE / 100;
const LONGEST_GAP = 30;
const LEAST_BURST = 8;
const BELOW_LOUD_DB = 35;

/**
 * Composes a conversation: people take turns of 1 to 10 s in random order until their speech is
 * used up. Every voice has its own level.
 *
 * overlap  share of the turns that begin before the last one ends
 */
export function compose(people: readonly Person[], overlap: number, random: Random): Conversation {
  const rest = people.map(({ speaker, speech }) => ({ speaker, speech, at: 0, gain: gainOf(random) }));
  const parts: { speaker: string; at: number; samples: Float32Array }[] = [];
  let end = Math.round(RATE * random.between(0.2, 1));
  let last: string | undefined;
  for (;;) {
    const open = rest.filter(({ speech, at }) => speech.length - at >= TURN_SECONDS[0] * RATE);
    const next = random.pick(open.length > 1 ? open.filter(({ speaker }) => speaker !== last) : open);
    // What one person has left when all others are done would be a monologue.
    if (!next || (people.length > 1 && open.length < 2)) break;
    const length = Math.round(
      RATE * Math.exp(random.between(...(TURN_SECONDS.map(Math.log) as [number, number]))),
    );
    const samples = faded(next.speech.subarray(next.at, next.at + length), next.gain);
    next.at += length;
    const early = last !== undefined && random.between(0, 1) < overlap;
    const shift = early ? -random.between(...OVERLAP_SECONDS) : random.between(...PAUSE_SECONDS);
    const at = Math.max(0, end + Math.round(RATE * shift));
    parts.push({ speaker: next.speaker, at, samples });
    end = Math.max(end, at + samples.length);
    last = next.speaker;
  }
  const whole = new Float32Array(end + RATE / 2);
  for (const { at, samples } of parts) for (let i = 0; i < samples.length; i++) whole[at + i] += samples[i];
  const turns = parts.flatMap(({ speaker, at, samples }) =>
    spoken(samples).map(([from, to]) => ({ speaker, start: at / RATE + from, end: at / RATE + to })),
  );
  return { samples: whole, turns };
}

const gainOf = (random: Random): number => 10 ** (random.between(-LEVEL_DB, LEVEL_DB) / 20);

function faded(samples: Float32Array, gain: number): Float32Array {
  return samples.map((x, i) => x * gain * Math.min(1, i / FADE_SAMPLES, (samples.length - i) / FADE_SAMPLES));
}

/**
 * Where a clean recording of one voice has speech, by its level alone: within 35 dB of its loud
 * frames, without pauses under 0.3 s. Independent of any voice-activity network. Seconds.
 */
export function spoken(samples: Float32Array): [from: number, to: number][] {
  const frames = Math.floor(samples.length / FRAME);
  const power = Float64Array.from({ length: frames }, (_, f) => {
    let sum = 1e-12;
    for (let i = f * FRAME; i < (f + 1) * FRAME; i++) sum += samples[i] ** 2;
    return sum / FRAME;
  });
  const loud = power.toSorted()[Math.floor(0.9 * (frames - 1))] ?? 0;
  const floor = loud * 10 ** (-BELOW_LOUD_DB / 10);
  const stretches: [number, number][] = [];
  for (let f = 0; f < frames; f++) {
    if (power[f] < floor) continue;
    const open = stretches.at(-1);
    if (open && f - open[1] < LONGEST_GAP) open[1] = f + 1;
    else stretches.push([f, f + 1]);
  }
  return stretches.filter(([a, b]) => b - a >= LEAST_BURST).map(([a, b]) => [a / 100, b / 100]);
}
