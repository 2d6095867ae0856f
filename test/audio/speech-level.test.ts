import { expect, test } from "vitest";
import { activeSpeechLevel } from "../../lib/audio/features/speech-level.ts";

/** A tone of this amplitude: its power is amplitude^2 / 2. */
const tone = (amplitude: number, seconds: number) =>
  Float32Array.from(
    { length: seconds * 16_000 },
    (_, i) => amplitude * Math.sin((2 * Math.PI * 440 * i) / 16_000),
  );
const db = (amplitude: number) => 20 * Math.log10(amplitude) - 10 * Math.log10(2);
const level = (...parts: Float32Array[]) =>
  activeSpeechLevel(Float32Array.from(parts.flatMap((part) => [...part])));

test("a steady tone has the level of its power", () => {
  for (const amplitude of [1, 0.1, 0.001]) expect(level(tone(amplitude, 3))).toBeCloseTo(db(amplitude), 1);
});

test("a gain changes the level by as many dB", () => {
  const words = [tone(0.2, 0.4), tone(0.02, 0.2), tone(0.3, 0.5)];
  const quiet = words.map((word) => word.map((x) => x / 100));
  expect(level(...words)! - level(...quiet)!).toBeCloseTo(40, 1);
});

test("pauses don't lower the level, apart from 0.2 s after each word", () => {
  const spoken = level(tone(0.2, 2))!;
  const paused = level(tone(0.2, 2), new Float32Array(80_000), tone(0.2, 2))!;
  expect(paused - spoken).toBeLessThan(0);
  expect(paused - spoken).toBeGreaterThan(-0.6);
});

test("a weak background between the words doesn't count as speech", () => {
  const spoken = level(tone(0.2, 1), new Float32Array(48_000))!;
  expect(level(tone(0.2, 1), tone(0.002, 3))! - spoken).toBeCloseTo(0, 1);
});

test("silence has no level", () => {
  expect(level()).toBeUndefined();
  expect(level(new Float32Array(16_000))).toBeUndefined();
});
