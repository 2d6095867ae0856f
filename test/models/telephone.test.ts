import { expect, test } from "vitest";
import { readSamples } from "../../lib/audio/read-samples.ts";
import { telephoneCall } from "../../models/build/telephone.ts";
import { syntheticSpeech, tone } from "../support/wav.ts";

const level = (samples: Float32Array) =>
  Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
const called = async (samples: Float32Array, call: string) =>
  readSamples({ bytes: await telephoneCall(samples, call) });

/** Returns a tone's level after a call, relative to a louder tone in the middle of the band. */
async function fallDb(hertz: number, call: string): Promise<number> {
  const [aside, middle] = [tone(hertz, 16_000, 1), tone(1000, 16_000, 1)];
  const whole = await called(
    Float32Array.from({ length: 32_000 }, (_, i) => (i < 16_000 ? middle[i] : aside[i - 16_000])),
    call,
  );
  return (
    20 *
    Math.log10(level(whole.samples.subarray(18_000, 30_000)) / level(whole.samples.subarray(2000, 14_000)))
  );
}

test("a call is at 8 kHz, as long as the voice, and the same bytes every time", async () => {
  const voice = syntheticSpeech(2);
  const { samples, sourceRateHz } = await called(voice, "a");
  expect([samples.length, sourceRateHz]).toEqual([voice.length, 8000]);
  expect(await telephoneCall(voice, "a")).toEqual(await telephoneCall(voice, "a"));
});

test("calls with different names differ in companding law and band edges", async () => {
  const voice = syntheticSpeech(1);
  const calls = await Promise.all(["a", "b", "c", "d", "e", "f"].map((name) => telephoneCall(voice, name)));
  expect(new Set(calls.map((bytes) => bytes[20]))).toEqual(new Set([6, 7]));
  expect(new Set(calls.map((bytes) => Buffer.from(bytes).toString("base64"))).size).toBe(calls.length);
});

test("passes the voice band and removes hum and hiss outside it", async () => {
  for (const call of ["a", "b", "c"]) {
    expect(Math.abs(await fallDb(700, call))).toBeLessThan(1);
    expect(Math.abs(await fallDb(2500, call))).toBeLessThan(1);
    expect(await fallDb(50, call)).toBeLessThan(-6);
    expect(await fallDb(6000, call)).toBeLessThan(-25);
  }
});

test("a pause in a call is never digital silence", async () => {
  const voice = syntheticSpeech(2);
  voice.fill(0, 16_000);
  const { samples } = await called(voice, "a");
  const pause = samples.subarray(18_000, 30_000);
  expect(level(pause)).toBeGreaterThan(1e-4);
  expect(level(pause)).toBeLessThan(level(samples.subarray(0, 16_000)) / 10);
});
