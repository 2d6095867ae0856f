import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSamples } from "../../lib/audio/read-samples.ts";
import { decodeWhole as decode } from "../support/pcm.ts";
import { tone, type WavFormat, wav } from "../support/wav.ts";

const left = tone(300, 16_000, 0.1);
const right = tone(700, 16_000, 0.1);
const file = (name: string) =>
  new Uint8Array(readFileSync(join(import.meta.dirname, "../golden/audio", name)));

test("returns the requested channel", async () => {
  const bytes = wav([left, right]);
  const [first, second] = (await decode({ bytes })).channels;
  expect((await readSamples({ bytes, channel: 0 })).samples).toEqual(first);
  expect((await readSamples({ bytes, channel: 1 })).samples).toEqual(second);
  await expect(readSamples({ bytes })).rejects.toMatchObject({ slug: "audio-unsupported-layout" });
  await expect(readSamples({ bytes, channel: 2 })).rejects.toMatchObject({
    slug: "audio-unsupported-layout",
  });
});

test("converts every container to 16 kHz and returns its original rate", async () => {
  const seconds = {
    "mono.opus": 1,
    "mono16.flac": 0.5,
    "eight.flac": 3000 / 8000,
    "wasted.flac": 3000 / 16_000,
  };
  for (const [name, duration] of Object.entries(seconds)) {
    const { samples, sourceRateHz } = await readSamples({ bytes: file(name) });
    expect(samples).toHaveLength(duration * 16_000);
    expect(sourceRateHz).toBe(name === "eight.flac" ? 8_000 : 16_000);
  }
  const { samples, sourceRateHz } = await readSamples({
    bytes: wav([tone(300, 44_100, 1)], { rateHz: 44_100 }),
  });
  expect([samples.length, sourceRateHz]).toEqual([16_000, 44_100]);
});

test("decodes by content, not by media type: Opus and FLAC sent as WAV", async () => {
  for (const name of ["mono.opus", "mono16.flac"]) {
    const named = await readSamples({ bytes: file(name) });
    expect(await readSamples({ bytes: file(name), mediaType: "audio/wav" })).toEqual(named);
  }
});

test("returns no samples for a file without samples", async () => {
  expect((await readSamples({ bytes: wav([new Float32Array(0)]) })).samples).toHaveLength(0);
});

test("rounds samples to 16 bits, so that a clip gives the same samples at 16 bits and above", async () => {
  const decoded = async (format: WavFormat) => (await readSamples({ bytes: wav([left], format) })).samples;
  const coarse = await decoded({ bits: 16 });
  for (const format of [{ bits: 24 }, { bits: 32 }, { tag: 3, bits: 32 }, { tag: 3, bits: 64 }]) {
    const fine = await decoded(format);
    // Compared with ===, which treats 0 and -0 as equal.
    expect(fine.length === coarse.length && fine.every((x, i) => x === coarse[i])).toBe(true);
  }
  const resampled = (await readSamples({ bytes: wav([left], { rateHz: 44_100 }) })).samples;
  for (const x of resampled) expect(Number.isInteger(x * 32_768)).toBe(true);
});
