import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { GalleryRow } from "../../lib/gallery/file/format.ts";
import { galleryFile } from "../../lib/gallery/file/write.ts";
import { BLOCK_ROWS } from "../../lib/score/search/int8-matrix.ts";
import { fileOf, galleryRows, infoOf, readAll } from "./gallery-rows.ts";

const holds = <T>(property: fc.IAsyncProperty<T>, numRuns: number) =>
  fc.assert(property, { seed: 20260, numRuns });

test("property: what is written is read back, and the same rows give the same bytes", async () => {
  const cases = fc.record({
    count: fc.constantFrom(0, 1, 3, 4, 5, BLOCK_ROWS - 1, BLOCK_ROWS, BLOCK_ROWS + 1, 2500),
    dimension: fc.constantFrom(1, 16, 19, 64),
    seed: fc.integer({ min: 1, max: 1e6 }),
  });
  const roundTrip = fc.asyncProperty(cases, async ({ count, dimension, seed }) => {
    const rows = galleryRows(count, dimension, seed);
    const bytes = await fileOf(rows, dimension);
    expect(await readAll(bytes)).toEqual({ info: infoOf(dimension), rows });
    expect((await fileOf(rows, dimension)).equals(bytes)).toBe(true);
  });
  await holds(roundTrip, 20);
});

test("refuses a file with any flipped bit", async () => {
  const bytes = await fileOf(galleryRows(40, 19), 19);
  const refused = async (at: number, bit: number) => {
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
    return (await readAll(damaged)) === undefined;
  };
  const accepted: number[] = [];
  for (let at = 0; at < bytes.length; at++) if (!(await refused(at, at % 8))) accepted.push(at);
  expect(accepted).toEqual([]);
});

test("refuses a file that is shorter or longer, at every length", async () => {
  const bytes = await fileOf(galleryRows(5, 3), 3);
  const accepted: number[] = [];
  for (let length = 0; length < bytes.length; length++)
    if (await readAll(bytes.subarray(0, length))) accepted.push(length);
  expect(accepted).toEqual([]);
  expect(await readAll(Buffer.concat([bytes, Buffer.alloc(1)]))).toBeUndefined();
  expect(await readAll(Buffer.concat([bytes, bytes.subarray(256)]))).toBeUndefined();
  expect(await readAll(bytes)).toBeDefined();
});

test("refuses a file whose blocks were exchanged, and one of another version", async () => {
  const rows = galleryRows(2 * BLOCK_ROWS, 3);
  const bytes = await fileOf(rows, 3);
  const block = (bytes.length - 256 - 28 - 24) / 2;
  const exchanged = Buffer.concat([
    bytes.subarray(0, 256),
    bytes.subarray(256 + block, 256 + 2 * block),
    bytes.subarray(256, 256 + block),
    bytes.subarray(256 + 2 * block),
  ]);
  expect(exchanged.length).toBe(bytes.length);
  expect(await readAll(exchanged)).toBeUndefined();
  const { crc32 } = await import("node:zlib");
  const newer = Buffer.from(bytes);
  newer.writeUInt16LE(3, 8);
  newer.writeUInt32LE(crc32(newer.subarray(0, 252)), 252);
  expect(await readAll(newer)).toBeUndefined();
});

test("the writer holds one block of rows, however many there are", async () => {
  let taken = 0;
  function* counted(): Generator<GalleryRow> {
    for (const row of galleryRows(3 * BLOCK_ROWS + 10, 3)) {
      taken += 1;
      yield row;
    }
  }
  const ahead: number[] = [];
  let blocks = -1;
  for await (const part of galleryFile(infoOf(3), counted())) {
    expect(part.length).toBeGreaterThan(0);
    if (blocks >= 0 && blocks < 3) ahead.push(taken - (blocks + 1) * BLOCK_ROWS);
    blocks += 1;
  }
  expect(blocks).toBe(5);
  expect(ahead).toEqual([0, 0, 0]);
});

test("rejects rows out of order, twice, of another dimension, or with a number that isn't finite", async () => {
  const [a, b] = galleryRows(2, 3);
  if (!a || !b) throw new RangeError("no rows");
  for (const rows of [
    [b, a],
    [a, a],
    [{ ...a, codes: new Int8Array(4) }],
    [{ ...a, mean: Number.NaN }],
    [{ ...a, std: Number.POSITIVE_INFINITY }],
  ])
    await expect(fileOf(rows, 3)).rejects.toThrow(RangeError);
});
