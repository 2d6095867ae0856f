import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeWhole as decode } from "../support/pcm.ts";
import { wav } from "../support/wav.ts";

const RATE_HZ = 16_000;
const SAMPLES = join(import.meta.dirname, "../../samples");

/** Reads a file from samples/, such as "awb/1". */
export const sampleFile = async (name: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await readFile(join(SAMPLES, `${name}.wav`)));

export async function speech(name: string): Promise<Float32Array> {
  const { channels, sampleRateHz } = await decode({ bytes: await sampleFile(name) });
  if (sampleRateHz !== RATE_HZ) throw new RangeError(`${name} is at ${sampleRateHz} Hz`);
  return channels[0];
}

export const fileOf = (samples: Float32Array): Uint8Array<ArrayBuffer> =>
  new Uint8Array(wav([samples.map((x) => Math.max(-1, Math.min(1, x)))]));

const sound = (seconds: number, at: (time: number, index: number) => number): Float32Array =>
  Float32Array.from({ length: seconds * RATE_HZ }, (_, i) => at(i / RATE_HZ, i));

/** mulberry32, so that every run gets the same samples. Uniform in [-1, 1]. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * 2 - 1;
  };
}

export const tone = (seconds: number) => sound(seconds, (t) => 0.3 * Math.sin(2 * Math.PI * 440 * t));
export const whiteNoise = (seconds: number) => {
  const next = noise(1);
  return sound(seconds, () => 0.2 * next());
};

/** Plucked chords in C major: C, Am, F, G, two per second, with four partials per note. */
export const music = (seconds: number) => {
  const chords = [
    [261.6, 329.6, 392],
    [220, 261.6, 329.6],
    [174.6, 220, 261.6],
    [196, 246.9, 293.7],
  ];
  return sound(seconds, (t) => {
    const decay = Math.exp(-4 * (t % 0.5));
    const chord = chords[Math.floor(t / 0.5) % chords.length];
    const partial = (hz: number, k: number) => Math.sin(2 * Math.PI * hz * k * t) / k;
    return (
      0.08 * decay * chord.reduce((sum, hz) => sum + [1, 2, 3, 4].reduce((s, k) => s + partial(hz, k), 0), 0)
    );
  });
};

export const clipped = (samples: Float32Array) => samples.map((x) => 30 * x);
