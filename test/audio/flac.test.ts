import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { crc16Flac } from "../../lib/audio/formats/crc.ts";
import { clipSeconds, decode as open } from "../../lib/audio/formats/decode.ts";
import { AppError } from "../../lib/error.ts";
import { decodeWhole as decode } from "../support/pcm.ts";
import { ascii, concat } from "../support/wav.ts";
import { constantFlac, plainFlac } from "./flac-writer.ts";

const FOLDER = join(import.meta.dirname, "../golden/audio");
const file = (name: string) => new Uint8Array(readFileSync(join(FOLDER, name)));
type Golden = { file: string; rateHz: number; channels: number; length: number; sha256?: string };
const golden: Golden[] = JSON.parse(readFileSync(join(FOLDER, "decode.json"), "utf8"));
const refusal = (bytes: Uint8Array) => decode({ bytes }).catch((e: unknown) => e);

for (const { file: name, rateHz, channels, length, sha256 } of golden.filter((g) => g.sha256)) {
  test(`${name} decodes to the same bits as with libFLAC`, async () => {
    const pcm = await decode({ bytes: file(name), mediaType: "audio/flac" });
    expect(pcm.sampleRateHz).toBe(rateHz);
    expect(pcm.channels.map((plane) => plane.length)).toEqual(Array(channels).fill(length));
    const hash = createHash("sha256");
    for (const plane of pcm.channels) hash.update(new Uint8Array(plane.buffer));
    expect(hash.digest("hex")).toBe(sha256);
  });
}

test("decodes constant blocks, in mono and stereo, with 8 to 24 bits", async () => {
  for (const bits of [8, 16, 24]) {
    for (const channels of [1, 2]) {
      const bytes = constantFlac([1, -1, 100], { bits, channels, blockSize: 16 });
      const pcm = await decode({ bytes });
      expect(pcm.channels).toHaveLength(channels);
      for (const plane of pcm.channels) {
        expect([0, 16, 47].map((i) => plane[i] * 2 ** (bits - 1))).toEqual([1, -1, 100]);
      }
    }
  }
});

test("reads to the end of the file if the encoder didn't know the length", async () => {
  const known = await decode({ bytes: constantFlac([5, 6]) });
  expect(await decode({ bytes: constantFlac([5, 6], { total: 0 }) })).toEqual(known);
});

test("decodes a file of several megabytes, of which one is in memory at a time", async () => {
  // Without the byte of sync codes, so that only frames start like one.
  const samples = Int16Array.from({ length: 1_200_000 }, (_, i) => (Math.imul(i, 40_503) & 0x7fff) >> 1);
  const scaled = Buffer.from(Float32Array.from(samples, (x) => x / 32_768).buffer);
  for (const total of [samples.length, 0]) {
    const bytes = plainFlac(samples, total);
    const [decoded] = (await decode({ bytes })).channels;
    expect(scaled.equals(new Uint8Array(decoded.buffer))).toBe(true);
    expect(await clipSeconds({ bytes })).toBe(samples.length / 16_000);
  }
});

test("drops samples after the declared last one and ignores bytes after it", async () => {
  const bytes = concat(constantFlac([5, 6], { total: 5000 }), ascii("TAG"));
  expect((await decode({ bytes })).channels[0]).toHaveLength(5000);
});

test("rejects a file with a missing frame even if each checksum is correct", async () => {
  const bytes = constantFlac([1, 2, 3], { total: 0 });
  const frame = (bytes.length - 42) / 3;
  const gap = concat(bytes.slice(0, 42 + frame), bytes.slice(42 + 2 * frame));
  expect(await refusal(gap)).toMatchObject({ slug: "audio-undecodable" });
});

test("rejects a flipped bit in any frame", async () => {
  const bytes = file("wasted.flac");
  for (let i = bytes.length - 1; i > bytes.length - 3000; i -= 71) {
    const flipped = bytes.slice();
    flipped[i] ^= 4;
    const error = await refusal(flipped);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ slug: expect.stringMatching(/^audio-(undecodable|truncated)$/) });
  }
});

test("rejects a frame header with a wrong checksum", async () => {
  const bytes = constantFlac([1]);
  const end = bytes.length - 2;
  // After sync, codes, number and two bytes of block size.
  bytes[42 + 7] ^= 1;
  const crc = crc16Flac(bytes, 42, end);
  bytes.set([crc >> 8, crc & 255], end);
  expect(await refusal(bytes)).toMatchObject({ slug: "audio-undecodable" });
});

test("reports a file cut anywhere as truncated", async () => {
  const bytes = file("eight.flac");
  for (let length = 5; length < bytes.length; length += 41) {
    expect(await refusal(bytes.slice(0, length))).toMatchObject({ slug: "audio-truncated" });
  }
});

test("rejects unsupported layouts, depths, rates and lengths, each with its slug", async () => {
  const slugs = async (options: Parameters<typeof constantFlac>[1]) => refusal(constantFlac([0], options));
  expect(await slugs({ channels: 3 })).toMatchObject({ slug: "audio-unsupported-layout" });
  expect(await slugs({ bits: 32 })).toMatchObject({ slug: "audio-unsupported-codec" });
  expect(await slugs({ rateHz: 4000 })).toMatchObject({ slug: "audio-unsupported-rate" });
  expect(await slugs({ rateHz: 0 })).toMatchObject({ slug: "audio-unsupported-rate" });
  expect(await slugs({ total: 120 * 16_000 + 1 })).toMatchObject({ slug: "audio-too-long" });
  expect(await slugs({ total: 120 * 16_000 })).toMatchObject({ slug: "audio-truncated" });
});

test("rejects a second STREAMINFO block, or another block first", async () => {
  const bytes = constantFlac([0]);
  const info = bytes.slice(8, 42);
  const twice = concat(ascii("fLaC"), Uint8Array.of(0, 0, 0, 34), info, Uint8Array.of(0x80, 0, 0, 34), info);
  expect(await refusal(twice)).toMatchObject({ slug: "audio-undecodable" });
  const padding = concat(ascii("fLaC"), Uint8Array.of(0x81, 0, 0, 4, 0, 0, 0, 0), bytes.slice(42));
  expect(await refusal(padding)).toMatchObject({ slug: "audio-undecodable" });
  const claimed = concat(
    bytes.slice(0, 4),
    Uint8Array.of(0, 0, 0, 34),
    info,
    Uint8Array.of(0x84, 255, 255, 255),
  );
  expect(await refusal(claimed)).toMatchObject({ slug: "audio-truncated" });
});

test("damage in the last frame is found before any is decoded", async () => {
  const bytes = file("mono16.flac");
  bytes[bytes.length - 3] ^= 1;
  await expect(open({ bytes })).rejects.toMatchObject({ slug: "audio-undecodable" });
  const cut = file("mono16.flac").subarray(0, -5);
  await expect(open({ bytes: cut })).rejects.toMatchObject({ slug: "audio-truncated" });
});

test("samples that look like a frame's start don't end a frame", async () => {
  // 0xfff8 is a sync code, and the two bytes behind it are a header's.
  const samples = Int16Array.from({ length: 9000 }, (_, i) => (i % 2 ? 0x7000 : -8));
  for (const total of [9000, 0]) {
    const pcm = await decode({ bytes: plainFlac(samples, total) });
    expect(pcm.channels[0]).toEqual(Float32Array.from(samples, (x) => x / 32_768));
  }
});

test("bytes behind the last frame don't count as damage if the length is stated", async () => {
  const bytes = file("mono16.flac");
  const sync = Uint8Array.of(0xff, 0xf8, 0x70, 0, 1, 2, 3);
  expect(await decode({ bytes: concat(bytes, sync) })).toEqual(await decode({ bytes }));
});
