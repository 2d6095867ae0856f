import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openFile } from "../../lib/adapters/model/file-source.ts";
import { type ByteSource, inMemory, part } from "../../lib/audio/byte-source.ts";
import { decodeFile } from "../../lib/audio/formats/decode.ts";
import { CLIP } from "../../lib/audio/limits.ts";
import { chunk, fmtChunk, riff, tone, wav } from "../support/wav.ts";

const GOLDEN = join(import.meta.dirname, "../golden");
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "file-source-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function samplesOf(file: ByteSource): Promise<number[][]> {
  const pcm = await decodeFile(file, undefined, CLIP);
  const planes = Array.from({ length: pcm.channels }, (): number[] => []);
  for (const block of pcm.blocks)
    for (const [i, plane] of block.entries()) for (const x of plane) planes[i].push(x);
  return planes;
}

/** A source that gives every read its own copy, as a file does that is larger than its window. */
const copying = ({ size, read }: ByteSource): ByteSource => ({
  size,
  read: (at, length) => read(at, length).slice(),
});

test("every format decodes from a file to the samples that it has in memory", async () => {
  const names = (
    await Promise.all(
      ["audio", "formats"].map(async (sub) =>
        (await readdir(join(GOLDEN, sub))).map((name) => join(GOLDEN, sub, name)),
      ),
    )
  ).flat();
  const clips = names.filter((name) => !/\.(json|py|sh)$/.test(name));
  expect(clips.length).toBeGreaterThan(10);
  for (const path of clips) {
    const expected = await samplesOf(inMemory(new Uint8Array(await readFile(path))));
    const file = openFile(path);
    expect(await samplesOf(file)).toEqual(expected);
    expect(await samplesOf(copying(file))).toEqual(expected);
    file.close();
  }
});

test("reads across, before and behind its window, and stops at the end of the file", async () => {
  const path = join(folder, "bytes");
  const bytes = Uint8Array.from({ length: 1_000_000 }, (_, i) => (i * 7919) >> 3);
  await writeFile(path, bytes);
  const file = openFile(path);
  expect(file.size).toBe(bytes.length);
  const kept = file.read(262_100, 10);
  for (const [at, length] of [
    [262_100, 100],
    [5, 600_000],
    [0, 10],
    [999_990, 100],
    [1_000_000, 5],
    [2_000_000, 5],
  ])
    expect(Buffer.compare(file.read(at, length), bytes.subarray(at, at + length))).toBe(0);
  expect(kept).toEqual(bytes.subarray(262_100, 262_110));
  const inner = part(file, 100, 200);
  expect(inner.read(90, 50)).toEqual(bytes.subarray(190, 200));
  expect(inner.read(150, 50)).toHaveLength(0);
  file.close();
});

test("a file that gets shorter while it is read has fewer bytes, and doesn't hang", async () => {
  const path = join(folder, "cut.wav");
  await writeFile(path, wav([tone(440, 16_000, 20)]));
  const file = openFile(path);
  await truncate(path, 300_000);
  expect(file.read(299_990, 100)).toHaveLength(10);
  expect(file.read(400_000, 100)).toHaveLength(0);
  file.close();
});

test("an hour of stereo on disk takes less than 100 MB of memory to read", async () => {
  const path = join(folder, "hour.wav");
  const dataBytes = 3600 * 16_000 * 4;
  await writeFile(path, riff(fmtChunk({ channels: 2 }), chunk("data", new Uint8Array(0), dataBytes)));
  await truncate(path, 44 + dataBytes);
  const child = join(import.meta.dirname, "long-recording-child.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [child, path]);
  const { samples, megabytes } = JSON.parse(stdout);
  expect(samples).toBe(3600 * 16_000);
  expect(megabytes).toBeLessThan(100);
}, 90_000);
