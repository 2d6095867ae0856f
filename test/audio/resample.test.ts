import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { resample, resampler } from "../../lib/audio/features/resample.ts";
import { tone } from "../support/wav.ts";

const OUT_HZ = 16_000;
const RATES_HZ = [
  8_000, 11_025, 12_000, 22_050, 24_000, 32_000, 44_100, 44_101, 48_000, 88_200, 96_000, 192_000,
];

/** Returns the level of a signal's middle in dB; 0 for a sine of amplitude 1. */
function level(samples: Float32Array): number {
  const middle = samples.subarray(samples.length * 0.2, samples.length * 0.8);
  return 10 * Math.log10((2 * middle.reduce((sum, x) => sum + x * x, 0)) / middle.length + 1e-30);
}

/** Returns the level of one frequency in a signal's middle in dB, through a Hann window. */
function levelAt(samples: Float32Array, hertz: number): number {
  const from = Math.round(samples.length * 0.2);
  const length = Math.round(samples.length * 0.6);
  let re = 0;
  let im = 0;
  for (let i = 0; i < length; i++) {
    const x = samples[from + i] * (1 - Math.cos((2 * Math.PI * i) / length));
    re += x * Math.cos((2 * Math.PI * hertz * i) / OUT_HZ);
    im += x * Math.sin((2 * Math.PI * hertz * i) / OUT_HZ);
  }
  return 20 * Math.log10((2 * Math.hypot(re, im)) / length + 1e-15);
}

const resampled = (hertz: number, rateHz: number) => resample(tone(hertz, rateHz, 0.5, 1), rateHz, OUT_HZ);

for (const rateHz of RATES_HZ) {
  test(`${rateHz} Hz: speech passes within 0.05 dB up to 92 % of the lower Nyquist frequency`, () => {
    const nyquist = Math.min(rateHz, OUT_HZ) / 2;
    for (const hertz of [60, 1000, 0.5 * nyquist, 0.85 * nyquist, 0.92 * nyquist]) {
      expect(Math.abs(level(resampled(hertz, rateHz)))).toBeLessThan(0.05);
    }
  });
}

for (const rateHz of RATES_HZ.filter((rate) => rate > 17_200)) {
  test(`${rateHz} Hz: frequencies above 8.6 kHz alias at less than -75 dB`, () => {
    const tones = [8_600, 9_000, 10_000, 11_900, 15_900, 21_000, 30_000, 39_000, 47_900, 64_000, 95_000];
    for (const hertz of tones.filter((one) => one < rateHz / 2)) {
      expect(level(resampled(hertz, rateHz))).toBeLessThan(-75);
    }
  });
}

for (const rateHz of [8_000, 11_025, 12_000]) {
  test(`${rateHz} Hz: no image above the source's own band is louder than -75 dB`, () => {
    for (const hertz of [300, 1000, 3000, 3700]) {
      expect(levelAt(resampled(hertz, rateHz), rateHz - hertz)).toBeLessThan(-75);
    }
  });
}

type Golden = { rateHz: number; from: number; samples: number[] };
const folder = join(import.meta.dirname, "../golden/audio");
const golden: Golden[] = JSON.parse(readFileSync(join(folder, "resample.json"), "utf8"));
/** As in test/golden/audio/make.py. */
const TONES = [
  [0.05, 0.2],
  [0.31, 0.15],
  [0.62, 0.2],
  [0.85, 0.25],
];

for (const { rateHz, from, samples } of golden) {
  test(`${rateHz} Hz: a chord matches soxr sample by sample`, () => {
    const nyquist = Math.min(rateHz, OUT_HZ) / 2;
    const chord = Float32Array.from({ length: Math.trunc(rateHz * 0.25) }, (_, i) =>
      TONES.reduce((sum, [share, a]) => sum + a * Math.sin((2 * Math.PI * share * nyquist * i) / rateHz), 0),
    );
    const ours = resample(chord, rateHz, OUT_HZ).subarray(from, from + samples.length);
    const worst = ours.reduce((max, x, i) => Math.max(max, Math.abs(x - samples[i])), 0);
    expect(worst).toBeLessThan(2e-4);
  });
}

test("a constant stays constant and sample 0 stays at time 0", () => {
  for (const rateHz of RATES_HZ) {
    const flat = resample(new Float32Array(rateHz / 4).fill(0.5), rateHz, OUT_HZ);
    for (const x of flat.subarray(1000, 3000)) expect(x).toBeCloseTo(0.5, 5);
    const click = new Float32Array(rateHz / 5);
    click[Math.round(rateHz / 10)] = 1;
    const out = resample(click, rateHz, OUT_HZ);
    expect(out.indexOf(Math.max(...out))).toBeCloseTo((Math.round(rateHz / 10) / rateHz) * OUT_HZ, -0.5);
  }
});

test("returns the samples themselves for equal rates, and none for none", () => {
  const samples = tone(440, OUT_HZ, 0.01);
  expect(resample(samples, OUT_HZ, OUT_HZ)).toBe(samples);
  for (const rateHz of RATES_HZ) expect(resample(new Float32Array(0), rateHz, OUT_HZ)).toHaveLength(0);
});

test("gives as many finite samples as the ratio demands, for any rate and length", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 8_000, max: 192_000 }),
      fc.integer({ min: 0, max: 3_000 }),
      (rateHz, length) => {
        const out = resample(new Float32Array(length).fill(0.3), rateHz, OUT_HZ);
        expect(out).toHaveLength(Math.ceil((length * OUT_HZ) / rateHz));
        for (const x of out) expect(Math.abs(x)).toBeLessThan(0.45);
      },
    ),
    { seed: 1, numRuns: 60 },
  );
});

test("pieces of any length give the samples that the whole gives", () => {
  for (const rateHz of [8_000, 16_000, 44_101, 48_000, 192_000]) {
    const whole = tone(440, rateHz, 0.6);
    for (const size of [1, 777, 40_000]) {
      const pieces = resampler(rateHz, OUT_HZ);
      for (let at = 0; at < whole.length; at += size) pieces.push(whole.subarray(at, at + size));
      expect(pieces.finish()).toEqual(resample(whole, rateHz, OUT_HZ));
    }
  }
});
