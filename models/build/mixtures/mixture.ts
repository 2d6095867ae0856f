import { createHash } from "node:crypto";
import { telephoneCall } from "../telephone.ts";
import { wavOf } from "../wav.ts";
import { inRoom, rms, type Sounds, withNoise } from "./sounds.ts";

export const RATE = 16_000;
export const CONDITIONS = ["recorded", "telephone", "room", "noise"] as const;
export type Condition = (typeof CONDITIONS)[number];

/**
 * Clips of one person: `one`; `rooms`, `levels`, `sessions`: the second half in another room, 15 dB
 * quieter, or from another recording session.
 */
export const ONE_PERSON = ["one", "rooms", "levels", "sessions"] as const;
/**
 * Clips of two people: `change`: half and half; `turns`: half and half, in turns of at most 2.5 s;
 * `unequal`: 80 % and 20 %; `overlap`: both at once, equally loud.
 */
export const TWO_PEOPLE = ["change", "turns", "unequal", "overlap"] as const;
export type Kind = (typeof ONE_PERSON)[number] | (typeof TWO_PEOPLE)[number];

/** Which clip to make. `name` seeds everything that is drawn. */
export type Mixture = {
  name: string;
  kind: Kind;
  condition: Condition;
  corpus: string;
  seconds: number;
  speaker: string;
};

const NOISE_DB = 10;
const QUIETER_DB = 15;
const SHARE = 0.8;
const TURN_SECONDS = 2.5;

export const isOnePerson = ({ kind }: Pick<Mixture, "kind">): boolean =>
  ONE_PERSON.some((one) => one === kind);

/**
 * Makes the clip and encodes it as a WAV file.
 *
 * first, second  16 kHz mono; `second` is the same person's for clips of one person
 */
export async function mixtureFile(
  mixture: Mixture,
  first: Float32Array,
  second: Float32Array,
  sounds: Sounds,
): Promise<Uint8Array> {
  const { name, condition } = mixture;
  const spoken = await mixed(mixture, first, second, sounds);
  if (condition === "telephone") return telephoneCall(spoken, name);
  if (condition === "room") return unclipped(inRoom(spoken, await pick(sounds.rooms, `${name} room`)()));
  if (condition === "noise") {
    const noise = await pick(sounds.noises, `${name} noise`)();
    return unclipped(withNoise(spoken, noise, NOISE_DB, drawn(`${name} start`)));
  }
  return unclipped(spoken);
}

function unclipped(samples: Float32Array): Uint8Array {
  const peak = samples.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return wavOf(peak > 1 ? samples.map((x) => x / peak) : samples);
}

async function mixed(
  { name, kind, seconds }: Mixture,
  first: Float32Array,
  second: Float32Array,
  { rooms }: Sounds,
): Promise<Float32Array> {
  const length = Math.round(seconds * RATE);
  const half = length >> 1;
  switch (kind) {
    case "one":
      return first.slice(0, length);
    case "rooms": {
      const part = async (from: number, to: number, room: string) =>
        inRoom(first.slice(from, to), await pick(rooms, `${name} ${room}`)());
      return joined([await part(0, half, "first room"), await part(half, length, "second room")]);
    }
    case "levels":
      return first.slice(0, length).map((x, i) => (i < half ? x : x * 10 ** (-QUIETER_DB / 20)));
    case "sessions":
    case "change":
      return joined([first.subarray(0, half), second.subarray(0, length - half)]);
    case "turns":
      return inTurns(first, second, length);
    case "unequal": {
      const most = Math.round(SHARE * length);
      const parts = [first.subarray(0, most), second.subarray(0, length - most)];
      return joined(drawn(name) < 0.5 ? parts : parts.reverse());
    }
    case "overlap": {
      const gain = rms(first) / rms(second);
      return first.slice(0, length).map((x, i) => (x + gain * (second[i] ?? 0)) / 2);
    }
  }
}

function inTurns(first: Float32Array, second: Float32Array, length: number): Float32Array {
  const turn = Math.round(Math.min(length / 4, TURN_SECONDS * RATE));
  return joined(
    Array.from({ length: Math.floor(length / turn) }, (_, i) => {
      const start = (i >> 1) * turn;
      return (i % 2 === 0 ? first : second).subarray(start, start + turn);
    }),
  );
}

export function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A number in [0, 1), the same for the same name. */
const drawn = (name: string): number => createHash("sha256").update(name).digest().readUInt32BE(0) / 2 ** 32;

const pick = <T>(all: readonly T[], name: string): T => all[Math.floor(drawn(name) * all.length)];
