import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fbank, selectFrames, subtractMean } from "../../lib/audio/features/fbank.ts";
import { mel, melFilters } from "../../lib/audio/features/mel.ts";
import type { FeatureRecipe, Features } from "../../lib/audio/types.ts";
import { tone } from "../support/wav.ts";

type Golden = {
  pcm16: string;
  every: number;
  recipes: { name: string; recipe: FeatureRecipe; frames: number; features: number[][] }[];
};
const golden: Golden = JSON.parse(
  readFileSync(join(import.meta.dirname, "../golden/audio/fbank.json"), "utf8"),
);
const pcm = Buffer.from(golden.pcm16, "base64");
const samples = Float32Array.from({ length: pcm.length / 2 }, (_, i) => pcm.readInt16LE(2 * i) / 32_768);
const { recipe } = golden.recipes[0];
const row = ({ bins, data }: Features, frame: number) => data.subarray(frame * bins, (frame + 1) * bins);

for (const { name, recipe, frames, features } of golden.recipes) {
  test(`the ${name} recipe matches transformers' Kaldi features, including digital silence and a constant`, () => {
    const ours = fbank(samples, recipe);
    expect([ours.frames, ours.bins]).toEqual([frames, recipe.melBins]);
    let worst = 0;
    for (const [i, expected] of features.entries()) {
      const got = row(ours, i * golden.every);
      for (const [bin, x] of expected.entries()) worst = Math.max(worst, Math.abs(x - got[bin]));
    }
    expect(worst).toBeLessThan(2e-5);
  });
}

test("counts only whole windows: 1 + floor((n - 400) / 160)", () => {
  const frames = (n: number) => fbank(new Float32Array(n), recipe).frames;
  expect([0, 399, 400, 559, 560, 720, 16_000].map(frames)).toEqual([0, 0, 1, 1, 2, 3, 98]);
});

test("silence and a constant give float32's epsilon in every bin", () => {
  for (const samples of [new Float32Array(560), new Float32Array(560).fill(0.25)]) {
    for (const x of fbank(samples, recipe).data) expect(x).toBeCloseTo(Math.log(1.1920929e-7), 5);
  }
});

test("a gain of 10 adds 2 ln 10 to every bin", () => {
  const quiet = fbank(
    samples.subarray(0, 560).map((x) => x / 10),
    recipe,
  ).data;
  const loud = fbank(samples.subarray(0, 560), recipe).data;
  for (const [i, x] of loud.entries()) expect(x - quiet[i]).toBeCloseTo(2 * Math.log(10), 2);
});

test("a tone is strongest in the bin centered on it", () => {
  const step = (mel(7600) - mel(20)) / 81;
  for (const bin of [10, 40, 70]) {
    const hertz = 700 * (Math.exp((mel(20) + (bin + 1) * step) / 1127) - 1);
    const levels = row(fbank(tone(hertz, 16_000, 0.025), recipe), 0);
    expect(levels.indexOf(Math.max(...levels))).toBe(bin);
  }
});

test("an odd last frame has the same features as on its own", () => {
  const three = fbank(samples.subarray(0, 720), recipe);
  const last = fbank(samples.subarray(320, 720), recipe);
  expect(three.frames).toBe(3);
  for (const [i, x] of row(last, 0).entries()) expect(x).toBeCloseTo(row(three, 2)[i], 5);
});

test("mel triangles: neighbors add up to 1, the Nyquist bin is unused, and invalid ranges throw", () => {
  const filters = melFilters(80, 512, 16_000, 20, 7600);
  const sums = new Float64Array(257);
  for (const { first, weights } of filters) {
    for (const [k, w] of weights.entries()) sums[first + k] += w;
  }
  // Between the first and the last center every bin is shared by two triangles.
  for (let k = 3; k < 236; k++) expect(sums[k]).toBeCloseTo(1, 10);
  expect(sums[0]).toBe(0);
  expect(melFilters(40, 512, 16_000, 20, 8_000).every((f) => f.first + f.weights.length <= 256)).toBe(true);
  expect(mel(1000)).toBeCloseTo(999.99, 1);
  expect(() => melFilters(80, 512, 16_000, 20, 9_000)).toThrow(RangeError);
});

/** The definition: the window's samples by Fourier's sum, in float64. */
function byDefinition(frame: Float32Array, { melBins, ...recipe }: FeatureRecipe): number[] {
  const size = 2 ** Math.ceil(Math.log2(frame.length));
  const offset = recipe.removeDcOffset ? frame.reduce((sum, x) => sum + x, 0) / frame.length : 0;
  const signal = Float64Array.from(frame, (x, i) => {
    const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (frame.length - 1));
    const before = frame[Math.max(0, i - 1)] - offset;
    return (x - offset - recipe.preemphasis * before) * recipe.sampleScale * hann ** 0.85;
  });
  const powerOf = (k: number) => {
    const sum = (wave: (angle: number) => number) =>
      signal.reduce((total, x, i) => total + x * wave((2 * Math.PI * ((i * k) % size)) / size), 0);
    return sum(Math.cos) ** 2 + sum(Math.sin) ** 2;
  };
  return melFilters(melBins, size, 16_000, recipe.lowHz, recipe.highHz).map(({ first, weights }) =>
    weights.reduce((total, weight, i) => total + weight * powerOf(first + i), 0),
  );
}

test.each([5, 12, 20, 25, 50])(
  "windows of %i ms give the power and log-mel of the definition",
  (windowMs) => {
    const own = { ...recipe, windowMs, melBins: 23 };
    const length = 16 * windowMs;
    const { frames, bins, data, power } = fbank(samples.subarray(0, length + 5 * 160), own);
    expect(frames).toBe(6);
    for (const frame of [0, 3, 5]) {
      const expected = byDefinition(samples.subarray(frame * 160, frame * 160 + length), own);
      for (const [bin, exact] of expected.entries()) {
        const at = frame * bins + bin;
        const floored = Math.max(exact, 1.1920929e-7);
        expect(Math.abs(power[at] / floored - 1)).toBeLessThan(1e-6);
        expect(Math.abs(data[at] - Math.log(floored))).toBeLessThan(4e-6);
      }
    }
  },
);

test("a frame is the same wherever it is in a long clip", () => {
  const long = Float32Array.from({ length: 160 * 300 }, (_, i) => samples[i % samples.length]);
  const all = fbank(long, recipe);
  for (const frame of [62, 63, 64, 65, 128, 297])
    expect(row(all, frame)).toEqual(row(fbank(long.subarray(frame * 160, frame * 160 + 400), recipe), 0));
});

test("selects frames in order, or none", () => {
  const features = { frames: 3, bins: 2, data: Float32Array.of(1, 2, 3, 4, 5, 6) };
  expect(selectFrames(features, Uint8Array.of(1, 0, 1))).toEqual({
    frames: 2,
    bins: 2,
    data: Float32Array.of(1, 2, 5, 6),
  });
  expect(selectFrames(features, new Uint8Array(3))).toEqual({
    frames: 0,
    bins: 2,
    data: new Float32Array(0),
  });
  expect(() => selectFrames(features, new Uint8Array(2))).toThrow(RangeError);
});

test("subtracts each bin's mean over the frames, in a new array", () => {
  const features = { frames: 2, bins: 3, data: Float32Array.of(1, 2, 3, 3, 2, 7) };
  expect(subtractMean(features).data).toEqual(Float32Array.of(-1, 0, -2, 1, 0, 2));
  expect(features.data[0]).toBe(1);
  expect(subtractMean({ frames: 0, bins: 3, data: new Float32Array(0) }).data).toHaveLength(0);
});
