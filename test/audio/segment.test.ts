import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { inMemory } from "../../lib/audio/byte-source.ts";
import { decodeFile } from "../../lib/audio/formats/decode.ts";
import { LONG } from "../../lib/audio/limits.ts";
import { segmentOf } from "../../lib/audio/segment.ts";
import { decodeWhole } from "../support/pcm.ts";
import { tone, wav } from "../support/wav.ts";

const golden = (path: string) => new Uint8Array(readFileSync(join(import.meta.dirname, "../golden", path)));
const plain = wav([tone(440, 16_000, 3), tone(600, 16_000, 3)]);

async function segment(bytes: Uint8Array, start: number, end: number, seeking = true) {
  const { blocksFrom, ...pcm } = await decodeFile(inMemory(bytes), undefined, LONG);
  let blocks = 0;
  const cut = segmentOf(seeking ? { ...pcm, blocksFrom } : pcm, { start, end }, () => blocks++);
  const planes: number[][] = Array.from({ length: cut.channels }, () => []);
  for (const block of cut.blocks)
    for (const [i, plane] of block.entries()) for (const x of plane) planes[i].push(x);
  return { planes, blocks };
}

for (const seeking of [true, false])
  test(`has exactly the samples between its times${seeking ? "" : ", without finding its start"}`, async () => {
    const whole = await decodeWhole({ bytes: plain });
    for (const [start, end] of [
      [0, 3],
      [1.5, 2.25],
      [0.001, 0.002],
      [2.9, 3],
    ]) {
      const { planes } = await segment(plain, start, end, seeking);
      for (const [i, plane] of planes.entries())
        expect(plane).toEqual([...whole.channels[i].subarray(start * 16_000, end * 16_000)]);
    }
  });

test("decodes nothing before a segment of a WAV, and nothing after it", async () => {
  const long = wav([new Float32Array(16_384 * 100)]);
  expect((await segment(long, 50, 51)).blocks).toBe(1);
  expect((await segment(long, 50, 51, false)).blocks).toBe(50);
});

test("finds a segment of Opus without decoding what comes before it, with the same sound", async () => {
  for (const path of ["formats/live.webm", "audio/stereo.opus", "audio/frames60.opus"]) {
    const bytes = golden(path);
    const length = (await decodeWhole({ bytes })).channels[0].length / 16_000;
    for (const [start, end] of [
      [length * 0.5, length],
      [0.3, length * 0.7],
    ]) {
      const [found] = (await segment(bytes, start, end)).planes;
      const [decoded] = (await segment(bytes, start, end, false)).planes;
      expect(found).toHaveLength(decoded.length);
      const error = Math.sqrt(found.reduce((sum, x, i) => sum + (x - decoded[i]) ** 2, 0));
      const level = Math.sqrt(decoded.reduce((sum, x) => sum + x * x, 0));
      expect(error / level).toBeLessThan(0.03);
    }
  }
});

test("a segment that ends behind the recording is refused, and 0.1 s too many are not", async () => {
  for (const seeking of [true, false]) {
    await expect(segment(plain, 1, 3.2, seeking)).rejects.toMatchObject({
      slug: "segment-out-of-range",
      message: "The recording ends at 3.0 s. Choose a `segment` that is within it.",
    });
    await expect(segment(plain, 5, 6, seeking)).rejects.toMatchObject({ slug: "segment-out-of-range" });
    expect((await segment(plain, 1, 3.05, seeking)).planes[0]).toHaveLength(32_000);
  }
});

test("a segment is as long as a clip at most, also in samples", async () => {
  await expect(segment(plain, 0, 120.5)).rejects.toMatchObject({ slug: "audio-too-long" });
  const fast = wav([new Float32Array(192_000)], { rateHz: 192_000 });
  await expect(segment(fast, 0, 61)).rejects.toMatchObject({ slug: "audio-too-long" });
});
