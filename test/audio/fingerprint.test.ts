import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { copyScore, isCopy } from "../../lib/audio/features/copy-score.ts";
import { fbank } from "../../lib/audio/features/fbank.ts";
import {
  FINGERPRINT_RECIPE,
  fingerprint,
  MOST_STORED_BYTES,
  storedCodes,
  storedFingerprint,
} from "../../lib/audio/features/fingerprint.ts";
import { readSamples } from "../../lib/audio/read-samples.ts";
import type { Fingerprint } from "../../lib/audio/types.ts";
import { telephoneCall } from "../../models/build/telephone.ts";

const RATE = 16_000;
const VOICES = ["awb", "kal", "rms", "slt"];

const samplesOf = async (bytes: Uint8Array): Promise<Float32Array> => (await readSamples({ bytes })).samples;

/** All frames count as speech, except those that `mask` excludes. */
function printOf(samples: Float32Array, mask?: (frame: number) => boolean): Fingerprint {
  const features = fbank(samples, FINGERPRINT_RECIPE);
  const spoken = (_: unknown, frame: number) => (mask && !mask(frame) ? 0 : 1);
  return fingerprint(features, Uint8Array.from({ length: features.frames }, spoken));
}

/** Uniform in [-1, 1], the same at every run (mulberry32). */
function noise(length: number): Float32Array {
  let state = 5;
  return Float32Array.from({ length }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * 2 - 1;
  });
}

function withNoise(samples: Float32Array, snrDb: number): Float32Array {
  const power = (x: Float32Array) => x.reduce((sum, value) => sum + value * value, 0) / x.length;
  const added = noise(samples.length);
  const gain = Math.sqrt(power(samples) / power(added) / 10 ** (snrDb / 10));
  return samples.map((x, i) => x + gain * added[i]);
}

function delayed(samples: Float32Array, seconds: number): Float32Array {
  const at = Math.round(seconds * RATE);
  const later = withNoise(new Float32Array(at + samples.length).fill(1e-4), 0);
  later.set(samples, at);
  return later;
}

const recordings = new Map<string, Float32Array>();
beforeAll(async () => {
  for (const voice of VOICES)
    for (let take = 1; take <= 6; take++) {
      const path = join(import.meta.dirname, `../../samples/${voice}/${take}.wav`);
      recordings.set(`${voice}/${take}`, await samplesOf(await readFile(path)));
    }
});
const recording = (name: string): Float32Array => recordings.get(name) ?? new Float32Array(0);

describe("recognizes a copy of each sample voice", () => {
  const copies: Record<string, (samples: Float32Array) => Float32Array | Promise<Float32Array>> = {
    "20 dB quieter": (samples) => samples.map((x) => x / 10),
    "with noise at 10 dB": (samples) => withNoise(samples, 10),
    "as a telephone call by mu-law or A-law": async (samples) =>
      samplesOf(new Uint8Array(await telephoneCall(samples, "a call"))),
    "without its first second and its last": (samples) => samples.slice(RATE + 77, -RATE),
    "with 0.777 s in front": (samples) => delayed(samples, 0.777),
    "trimmed, with noise at 15 dB, by telephone": async (samples) =>
      samplesOf(new Uint8Array(await telephoneCall(withNoise(samples.slice(RATE, -RATE), 15), "another"))),
  };
  test.each(Object.keys(copies))("%s", async (name) => {
    for (const voice of VOICES) {
      const known = storedFingerprint(printOf(recording(`${voice}/1`)));
      expect(isCopy(known, printOf(await copies[name](recording(`${voice}/1`))))).toBe(true);
    }
  });
});

test("no other recording of the sample voices is a copy, of the same voice or of another", () => {
  const prints = [...recordings].map(([name, samples]) => ({ name, print: printOf(samples) }));
  const highest = prints.flatMap((known) =>
    prints
      .filter(({ name }) => name !== known.name)
      .map(({ print }) => copyScore(storedFingerprint(known.print), print)),
  );
  expect(highest).toHaveLength(24 * 23);
  expect(Math.max(...highest)).toBeLessThan(8);
});

test("recognizes a second and a half of a recording within a longer one of another person", () => {
  const known = storedFingerprint(printOf(recording("slt/1")));
  const part = recording("slt/1").slice(2 * RATE, 3.5 * RATE);
  const mixed = new Float32Array([...recording("rms/2").slice(0, RATE), ...part]);
  expect(isCopy(known, printOf(mixed))).toBe(true);
});

test("the stored form has 50 bytes per second, at most 20 s, and gives back every fourth code", () => {
  const print = printOf(recording("awb/1"));
  const stored = storedFingerprint(print);
  expect(stored.length).toBe(1 + 2 * Math.ceil(print.bits.length / 4));
  expect([...storedCodes(stored)]).toEqual([...print.bits].filter((_, frame) => frame % 4 === 0));
  const long = { bits: new Uint16Array(12_000), sure: new Uint16Array(12_000) };
  expect(storedFingerprint(long).length).toBe(MOST_STORED_BYTES);
});

test("a fingerprint of another version, a damaged one or an empty one is never a copy", () => {
  const print = printOf(recording("awb/1"));
  const stored = storedFingerprint(print);
  expect(copyScore(stored, print)).toBeGreaterThan(30);
  expect(
    copyScore(
      Uint8Array.from(stored, (byte, i) => (i === 0 ? 2 : byte)),
      print,
    ),
  ).toBe(0);
  for (const bytes of [[], [1], [1, 2]]) expect(copyScore(Uint8Array.from(bytes), print)).toBe(0);
});

test("leaves out what comes before and after the speech, and trusts no bit of a pause", () => {
  const samples = recording("awb/2");
  const print = printOf(samples, (frame) => (frame >= 50 && frame < 100) || (frame >= 120 && frame < 150));
  const whole = printOf(samples);
  // A code describes the frames around the fourth one after its own.
  expect([...print.bits]).toEqual([...whole.bits.subarray(46, 146)]);
  expect(print.sure.subarray(50, 70).every((bits) => bits === 0)).toBe(true);
  expect(print.sure.subarray(0, 50).some((bits) => bits > 0)).toBe(true);
});

test("digital silence, no speech and fewer than 80 ms have no sure bit", () => {
  expect(printOf(new Float32Array(RATE)).sure.every((bits) => bits === 0)).toBe(true);
  expect(printOf(recording("awb/1"), () => false).bits.length).toBe(0);
  expect(printOf(new Float32Array(RATE / 20)).bits.length).toBe(0);
});
