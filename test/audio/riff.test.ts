import { expect, test } from "vitest";
import { inMemory } from "../../lib/audio/byte-source.ts";
import { readRiff } from "../../lib/audio/formats/riff.ts";
import { CLIP } from "../../lib/audio/limits.ts";
import { AppError } from "../../lib/error.ts";
import { ascii, chunk, concat, fmtChunk, riff } from "../support/wav.ts";

const fmt = fmtChunk();
/** 100 samples of 16 bits. */
const samples = new Uint8Array(200).fill(7);
const read = (bytes: Uint8Array) => readRiff(inMemory(bytes), CLIP);
const problemOf = (bytes: Uint8Array) => {
  try {
    return `${read(bytes).frames} samples`;
  } catch (error) {
    if (error instanceof AppError) return `${error.slug}: ${error.message}`;
    throw error;
  }
};
/** A WAV whose data chunk claims another size; `more` follows the samples. */
const claiming = (size: number, ...more: readonly Uint8Array[]) =>
  riff(fmt, concat(chunk("data", samples, size), ...more));
/** The same, with the size of the RIFF header changed. */
const withRiffSize = (bytes: Uint8Array, size: number) => {
  const copy = Uint8Array.from(bytes);
  new DataView(copy.buffer).setUint32(4, size, true);
  return copy;
};

test("reads where the samples are, past other chunks, odd ones padded or not", () => {
  const plain = read(riff(fmt, chunk("data", samples)));
  expect(plain).toMatchObject({ dataOffset: 44, dataBytes: 200, frames: 100, sampleRateHz: 16_000 });
  const odd = new Uint8Array(3);
  for (const pad of [true, false]) {
    const file = riff(fmt, chunk("LIST", odd, 3, pad), chunk("data", samples));
    expect(read(file)).toMatchObject({ frames: 100, dataOffset: file.length - 200 });
  }
  expect(
    read(riff(chunk("LIST", odd), fmt, chunk("fact", odd, 3, false), chunk("data", samples))).frames,
  ).toBe(100);
  // Behind the samples and a chunk, anything may follow.
  const list = chunk("LIST", odd);
  for (const junk of [chunk("id3 ", odd), chunk("\0\0\0\0", odd), concat(chunk("d\0ta", odd), fmt), odd])
    expect(read(riff(fmt, chunk("data", samples), list, junk)).frames).toBe(100);
});

test.each([
  ["fewer than 12 bytes", riff().subarray(0, 11), "audio-undecodable: The file ends inside its RIFF header"],
  ["exactly 12 bytes", riff(), "audio-undecodable: The WAV file has no `fmt ` chunk"],
  ["no samples", riff(fmt), "audio-undecodable: The WAV file has no `data` chunk"],
  ["no format", riff(chunk("LIST", samples)), "audio-undecodable: The WAV file has no `fmt ` chunk"],
  [
    "two formats",
    riff(fmt, fmt, chunk("data", samples)),
    "audio-undecodable: The WAV file has two `fmt ` chunks",
  ],
  [
    "samples first",
    riff(chunk("data", samples), fmt),
    "audio-undecodable: The WAV file's `data` chunk comes before its `fmt ` chunk",
  ],
  [
    "samples twice",
    riff(fmt, chunk("data", samples), chunk("data", samples)),
    "audio-undecodable: The WAV file has two `data` chunks",
  ],
  [
    "samples that are missing",
    claiming(300).subarray(0, 200),
    "audio-truncated: The WAV file declares 300 bytes of samples but contains 156. Send the whole file.",
  ],
])("refuses a file with %s", (_, bytes, problem) => {
  expect(problemOf(bytes).slice(0, problem.length)).toBe(problem);
});

test("a sample that is cut off is left out; more is missing samples", () => {
  expect(read(claiming(202)).frames).toBe(100);
  expect(problemOf(claiming(203))).toMatch(/^audio-truncated/);
});

test("a size that is a placeholder or the file's own size means that the samples run to the end", () => {
  const rest = chunk("LIST", new Uint8Array(8));
  const file = claiming(200, rest).length;
  for (const size of [0xffff_ffff, 0x7fff_f000, 0x7fff_0000, file, file - 8])
    expect([size, read(claiming(size, rest)).frames]).toEqual([size, 108]);
  expect(problemOf(claiming(0x7ffe_fffe))).toMatch(/^audio-too-long/);
  expect(problemOf(claiming(file - 4, rest))).toMatch(/^audio-truncated/);
});

test("a size of 0 means the end of the file, unless another chunk begins there", () => {
  expect(read(claiming(0)).frames).toBe(100);
  const list = riff(fmt, chunk("data", new Uint8Array(0)), chunk("LIST", samples));
  expect(read(list).frames).toBe(0);
});

test("a size that is too small means the end of the file, if the RIFF header claims the rest as well", () => {
  expect(read(claiming(50)).frames).toBe(100);
  // The RIFF header agrees with the small size, so what follows is junk.
  const junk = withRiffSize(claiming(50), 4 + 24 + 8 + 50);
  expect(read(junk).frames).toBe(25);
  // One byte more or less is padding.
  expect(read(claiming(199)).frames).toBe(99);
  expect(read(claiming(198)).frames).toBe(100);
  // A chunk with a plausible name and size begins behind the stated samples, even or odd.
  for (const size of [50, 51]) {
    const at = 44 + size + (size % 2);
    const bytes = claiming(size);
    bytes.set(concat(ascii("cue "), Uint8Array.of(20, 0, 0, 0)), at);
    expect([size, read(bytes).frames]).toEqual([size, 25]);
    bytes.set(concat(ascii("cue "), Uint8Array.of(255, 255, 0, 0)), at);
    expect([size, read(bytes).frames]).toEqual([size, 100]);
    bytes.set(concat(ascii("c\0e "), Uint8Array.of(20, 0, 0, 0)), at);
    expect([size, read(bytes).frames]).toEqual([size, 100]);
  }
});

test("a file with more than 1,000 chunks is read no further", () => {
  const many = (count: number) =>
    riff(fmt, ...Array<Uint8Array>(count).fill(chunk("LIST", new Uint8Array(0))), chunk("data", samples));
  expect(read(many(998)).frames).toBe(100);
  expect(problemOf(many(999))).toMatch(/no `data` chunk/);
});
