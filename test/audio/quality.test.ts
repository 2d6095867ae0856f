import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as wavefile from "wavefile";
import { fbank } from "../../lib/audio/features/fbank.ts";
import { frameLevels } from "../../lib/audio/features/frame-level.ts";
import { quality } from "../../lib/audio/features/quality.ts";
import { resample } from "../../lib/audio/features/resample.ts";
import { readSamples } from "../../lib/audio/read-samples.ts";
import type { FeatureRecipe } from "../../lib/audio/types.ts";
import { chunk, encode, fmtChunk, riff, syntheticSpeech, wav } from "../support/wav.ts";

const WaveFile = wavefile.WaveFile ?? wavefile.default.WaveFile;
const recipe: FeatureRecipe = {
  sampleRateHz: 16_000,
  windowMs: 25,
  shiftMs: 10,
  melBins: 80,
  lowHz: 20,
  highHz: 7_600,
  window: "povey",
  preemphasis: 0.97,
  removeDcOffset: true,
  sampleScale: 32_768,
  normalize: "mean",
};

/** Marks frames within 30 dB of the loudest as speech, which is enough without noise. */
function loudFrames(samples: Float32Array): Uint8Array {
  const levels = frameLevels(fbank(samples, recipe));
  const bar = Math.max(...levels) - 30;
  return Uint8Array.from(levels, (level) => (level > bar ? 1 : 0));
}
const measure = (samples: Float32Array, mask = loudFrames(samples), sourceRateHz = 16_000) =>
  quality(samples, mask, sourceRateHz, fbank(samples, recipe));

/**
 * Returns alternating signs, so that the power is amplitude^2: `loud` until the middle of frame 49
 * ends, then `soft`. The middle 10 ms of 50 frames are loud only, and of 50 frames soft only.
 */
const loudThenSoft = (loud: number, soft: number, offset = 0) =>
  Float32Array.from({ length: 16_240 }, (_, i) => (i % 2 ? -1 : 1) * (i < 8_120 ? loud : soft) + offset);
const half = Uint8Array.from({ length: 100 }, (_, i) => (i < 50 ? 1 : 0));

test("SNR is the power of speech frames over that of other frames, without DC offset", () => {
  expect(measure(loudThenSoft(0.5, 0.005), half).snrDb).toBeCloseTo(40, 3);
  expect(measure(loudThenSoft(0.5, 0.25, 0.1), half).snrDb).toBeCloseTo(6.02, 2);
  // A background goes on under the speech, so it isn't louder than the speech frames.
  expect(measure(loudThenSoft(0.01, 0.1), half).snrDb).toBeCloseTo(0, 3);
});

test("the SNR is unknown if there is only digital silence around the speech, and at most 60 dB", () => {
  expect(measure(loudThenSoft(0.5, 0), half).snrDb).toBeUndefined();
  expect(measure(loudThenSoft(0.5, 1e-5), half).snrDb).toBe(60);
});

test("a sound that ends before the speech begins isn't its background", () => {
  const blocks: [amplitude: number, frames: number][] = [
    [0.4, 200],
    [0.005, 40],
    [0.5, 50],
    [0.005, 40],
  ];
  const samples = Float32Array.from(
    blocks.flatMap(([amplitude, frames]) =>
      Array.from({ length: frames * 160 }, (_, i) => (i % 2 ? -amplitude : amplitude)),
    ),
  );
  const mask = new Uint8Array(fbank(samples, recipe).frames).fill(1, 240, 288);
  expect(measure(samples, mask).snrDb).toBeCloseTo(40, 1);
});

test("music up to the first word isn't noise if the speech has quieter moments", () => {
  const samples = loudThenSoft(0.3, 0.5).map((x, i) => (i > 14_000 && i < 14_800 ? x / 100 : x));
  const mask = half.map((one) => 1 - one);
  expect(measure(samples, mask).snrDb).toBeGreaterThan(35);
});

test("has no SNR without speech or with less than 100 ms of background", () => {
  const samples = loudThenSoft(0.5, 0.1);
  const first = (n: number) => Uint8Array.from({ length: 100 }, (_, i) => (i < n ? 1 : 0));
  expect(measure(samples, first(0)).snrDb).toBeUndefined();
  expect(measure(samples, first(91)).snrDb).toBeUndefined();
  expect(measure(samples, first(90)).snrDb).toBeDefined();
  expect(measure(new Float32Array(0), new Uint8Array(0))).toEqual({
    totalSeconds: 0,
    speechSeconds: 0,
    levelDb: undefined,
    snrDb: undefined,
    clippedFraction: 0,
    bandwidth: "wide",
  });
});

test("a click in the background doesn't count as noise", () => {
  const samples = loudThenSoft(0.5, 0.005).map((x, i) => (i > 12_000 && i < 12_400 ? 0.9 * Math.sign(x) : x));
  expect(measure(samples, half).snrDb).toBeCloseTo(40, 3);
});

test("counts seconds in samples and in frames of 10 ms", () => {
  const { totalSeconds, speechSeconds } = measure(loudThenSoft(0.5, 0.1), half);
  expect(totalSeconds).toBeCloseTo(1.015, 10);
  expect(speechSeconds).toBeCloseTo(0.5, 10);
});

test("counts samples at full scale as clipped in runs of two or more", () => {
  const clip = (...x: number[]) => measure(Float32Array.from(x), new Uint8Array(0)).clippedFraction;
  expect(clip(0, 1, 0, -1)).toBe(0);
  expect(clip(1, 1, 0, 1, 0, -1, -0.9995, -1)).toBe(5 / 8);
  expect(clip(0.998, 0.998)).toBe(0);
  expect(clip(1.3, 1.3, 0, 0)).toBe(0.5);
});

test("a mask of another length throws", () => {
  expect(() => measure(loudThenSoft(1, 1), new Uint8Array(99))).toThrow(RangeError);
});

const speech = syntheticSpeech(5);
const narrow = resample(speech, 16_000, 8_000);

test("speech at 16 kHz is wide-band, also after conversion to 48 kHz", () => {
  expect(measure(speech).bandwidth).toBe("wide");
  expect(
    measure(resample(resample(speech, 16_000, 48_000), 48_000, 16_000), undefined, 48_000).bandwidth,
  ).toBe("wide");
});

test("speech recorded at 8 kHz is telephone, even if the file has a higher rate", async () => {
  expect(measure(speech, undefined, 8_000).bandwidth).toBe("telephone");
  expect(measure(resample(narrow, 8_000, 16_000)).bandwidth).toBe("telephone");
  const upsampled = resample(narrow, 8_000, 44_100);
  const { samples, sourceRateHz } = await readSamples({ bytes: wav([upsampled], { rateHz: 44_100 }) });
  expect(measure(samples, undefined, sourceRateHz).bandwidth).toBe("telephone");
});

test("mu-law speech is telephone even after its noise was resampled", async () => {
  const file = new WaveFile(wav([narrow], { rateHz: 8_000 }));
  file.toMuLaw();
  const codes = file.getSamples(true, Uint8Array);
  const bytes = riff(fmtChunk({ tag: 7, bits: 8, rateHz: 8_000 }), chunk("data", Uint8Array.from(codes)));
  const { samples, sourceRateHz } = await readSamples({ bytes });
  expect(sourceRateHz).toBe(8_000);
  expect(measure(samples).bandwidth).toBe("telephone");
});

test("the 8 kHz voice of the samples folder is telephone", async () => {
  const bytes = new Uint8Array(readFileSync(join(import.meta.dirname, "../../samples/kal/1.wav")));
  const { samples } = await readSamples({ bytes });
  expect(measure(samples).bandwidth).toBe("telephone");
});

test("writing and reading 16 bits doesn't change the bandwidth", async () => {
  const bytes = riff(fmtChunk(), chunk("data", encode([speech])));
  const { samples } = await readSamples({ bytes });
  expect(measure(samples)).toEqual(measure(speech));
});
