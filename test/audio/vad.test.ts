import { expect, test } from "vitest";
import { frameLevels } from "../../lib/audio/features/frame-level.ts";
import { speechFrames, widen } from "../../lib/audio/features/vad.ts";
import type { MelFeatures } from "../../lib/audio/types.ts";

const FLOOR = 1.1920929e-7;

/** Returns stretches of equal values, from [value, frames] pairs. */
const steps = (...parts: [value: number, frames: number][]) =>
  Float32Array.from(parts.flatMap(([value, frames]) => Array<number>(frames).fill(value)));
/** Returns features with one bin per frame, at these levels in dB. */
const at = (levels: Float32Array): MelFeatures => ({
  frames: levels.length,
  bins: 1,
  ...ofPower(levels.map((db) => Math.max(10 ** (db / 10), FLOOR))),
});
const ofPower = (power: Float32Array) => ({ power, data: power.map(Math.log) });
/**
 * Returns the mask as [from, to) stretches. All frames are equally loud unless `levels` are given.
 */
function stretches(probability: Float32Array, levels = probability.map(() => 0)): [number, number][] {
  const mask = speechFrames(probability, at(levels), 0.5);
  const found: [number, number][] = [];
  for (const [i, m] of mask.entries()) {
    if (m && !mask[i - 1]) found.push([i, i]);
    if (m) found[found.length - 1][1] = i + 1;
  }
  return found;
}

test("adds 50 ms on either side of speech", () => {
  expect(stretches(steps([0, 30], [0.9, 40], [0, 50]))).toEqual([[25, 75]]);
});

test("keeps speech at the clip's ends within the clip", () => {
  expect(stretches(steps([0.9, 40], [0, 60], [0.9, 40]))).toEqual([
    [0, 45],
    [95, 140],
  ]);
});

test("drops bursts under 100 ms", () => {
  expect(stretches(steps([0, 30], [1, 9], [0, 30]))).toEqual([]);
  expect(stretches(steps([0, 30], [1, 10], [0, 30]))).toEqual([[25, 45]]);
});

test("bridges gaps under 200 ms", () => {
  expect(stretches(steps([0.9, 20], [0, 19], [0.9, 20], [0, 20]))).toEqual([[0, 64]]);
  expect(stretches(steps([0.9, 20], [0, 20], [0.9, 20], [0, 20]))).toEqual([
    [0, 25],
    [35, 65],
  ]);
});

test("a dropped burst doesn't bridge a gap", () => {
  expect(stretches(steps([0.9, 20], [0, 15], [0.9, 5], [0, 15], [0.9, 20]))).toEqual([
    [0, 25],
    [50, 75],
  ]);
});

test("speech continues down to 0.7 of the threshold, but doesn't start there", () => {
  const clear: [number, number] = [0.9, 100];
  const found: [number, number] = [0, 105];
  const weak: [number, number][] = [
    [0.36, 30],
    [0.6, 2],
    [0.36, 30],
  ];
  expect(stretches(steps(clear, [0, 30], ...weak, [0.34, 40]))).toEqual([found, [125, 197]]);
  expect(stretches(steps(clear, [0, 30], [0.45, 50], [0, 30]))).toEqual([found]);
  expect(stretches(steps(clear, [0, 30], [0.5, 50], [0, 30]))).toEqual([found, [125, 185]]);
});

test("stretches that are below the threshold on average don't count without clear speech", () => {
  const noise: [number, number][] = [
    [0.4, 60],
    [0.6, 5],
    [0.4, 60],
    [0, 30],
  ];
  expect(stretches(steps(...noise))).toEqual([]);
  expect(stretches(steps(...noise, [0.9, 100]))).toEqual([
    [0, 130],
    [150, 255],
  ]);
});

test("frames 45 dB below the speech don't count, even at a high probability", () => {
  // 90 frames at 0 dB and 60 far below: the mean power is -2.2 dB, so the limit is -47.2.
  const probability = steps([0.9, 90], [0.9, 60]);
  expect(stretches(probability, steps([0, 90], [-47, 60]))).toEqual([[0, 150]]);
  expect(stretches(probability, steps([0, 90], [-48, 60]))).toEqual([[0, 90]]);
});

test("digital silence never counts: alone, in a gap, or at the sides", () => {
  const silent = Number.NEGATIVE_INFINITY;
  expect(stretches(steps([1, 100]), steps([silent, 100]))).toEqual([]);
  expect(
    stretches(
      steps([0, 20], [0.9, 30], [0.9, 10], [0.9, 30], [0, 20]),
      steps([silent, 20], [0, 30], [silent, 10], [0, 30], [silent, 20]),
    ),
  ).toEqual([
    [20, 50],
    [60, 90],
  ]);
});

test("no frames give no speech, and lengths that differ throw", () => {
  expect(speechFrames(new Float32Array(0), at(new Float32Array(0)), 0.5)).toHaveLength(0);
  expect(() => speechFrames(new Float32Array(3), at(new Float32Array(4)), 0.5)).toThrow(RangeError);
});

test("widens a mask by so many frames within the clip, in a new array", () => {
  const mask = Uint8Array.of(0, 1, 0, 0, 0, 0, 0, 1);
  expect(widen(mask, 2)).toEqual(Uint8Array.of(1, 1, 1, 1, 0, 1, 1, 1));
  expect(widen(mask, 0)).toEqual(mask);
  expect(widen(mask, 0)).not.toBe(mask);
  expect(widen(new Uint8Array(0), 3)).toHaveLength(0);
});

test("a frame's level is the power of its bins in dB, and -Infinity only if every bin is at the lower limit", () => {
  const power = Float32Array.of(4, 6, FLOOR, FLOOR, FLOOR, 1e-5);
  const [loud, silent, faint] = frameLevels({ frames: 3, bins: 2, ...ofPower(power) });
  expect(loud).toBeCloseTo(10, 5);
  expect(silent).toBe(Number.NEGATIVE_INFINITY);
  expect(faint).toBeCloseTo(-49.95, 1);
});
