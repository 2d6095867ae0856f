import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { CohortStats } from "../../lib/score/scoring/types.ts";
import { cosine, normalize, type UnitVector } from "../../lib/score/scoring/vector.ts";
import { BLOCK_ROWS, columnsOf, type Int8Matrix, int8Matrix } from "../../lib/score/search/int8-matrix.ts";
import { type FoundRows, scanRows } from "../../lib/score/search/int8-scan.ts";
import { quantize } from "../../lib/score/search/quantize.ts";
import { holds } from "./arbitraries.ts";
import { randomVoices } from "./random-voices.ts";

type Row = { voice: UnitVector; stats: CohortStats };

function matrixOf(rows: readonly Row[], dimension: number): Int8Matrix {
  const matrix = int8Matrix(dimension);
  for (const { voice, stats } of rows) matrix.append(quantize(voice), stats);
  return matrix;
}

const exact = (row: Row, probe: UnitVector, stats: CohortStats | undefined): number => {
  const raw = cosine(row.voice, probe);
  if (!stats) return raw;
  return ((raw - row.stats.mean) / row.stats.std + (raw - stats.mean) / stats.std) / 2;
};

/** Fails unless the found rows include the best, and the floor is above every other row. */
function expectBest(
  matrix: Int8Matrix,
  rows: ReadonlyMap<number, Row>,
  search: Parameters<typeof scanRows>[1],
): number[] {
  const found = scanRows(matrix.target, search);
  const scores = [...rows].map(([row, one]) => ({
    row,
    score: exact(one, search.probe, search.stats && (search.exceptions?.get(row) ?? search.stats)),
  }));
  scores.sort((a, b) => b.score - a.score);
  const names = new Set(found.rows.map(({ row }) => row));
  expect(names.size).toBe(found.rows.length);
  expect(scores.slice(0, search.limit).filter(({ row }) => !names.has(row))).toEqual([]);
  expect(scores.filter(({ row, score }) => !names.has(row) && score > found.floor)).toEqual([]);
  const exactOf = new Map(scores.map(({ row, score }) => [row, score]));
  for (const { row, score, error } of found.rows)
    expect(Math.abs(score - (exactOf.get(row) ?? Number.NaN))).toBeLessThanOrEqual(error);
  return [...names];
}

test("the kernel's blocks have as many rows as those of the matrix", () => {
  const source = readFileSync(join(import.meta.dirname, "../../lib/score/search/int8-scan.wat"), "utf8");
  expect(source).toContain(`(i32.const ${BLOCK_ROWS})`);
});

test("property: finds the best rows of any matrix, by AS-Norm and by cosine, and nothing else is better", () => {
  const statistics = fc.record({
    mean: fc.double({ min: -1, max: 1, noNaN: true }),
    std: fc.double({ min: 1e-3, max: 0.5, noNaN: true }),
  });
  const cases = fc.record({
    seed: fc.integer({ min: 1, max: 1e6 }),
    dimension: fc.constantFrom(1, 3, 16, 17, 192, 513),
    size: fc.integer({ min: 1, max: 1100 }),
    limit: fc.integer({ min: 1, max: 40 }),
    spread: fc.constantFrom(0.01, 0.3, 1),
    ofRows: fc.array(statistics, { minLength: 1, maxLength: 5 }),
    stats: fc.option(statistics, { nil: undefined }),
    other: statistics,
    dropped: fc.array(fc.nat(), { maxLength: 4 }),
    within: fc.option(fc.array(fc.nat(), { maxLength: 60 }), { nil: undefined }),
    exceptions: fc.array(fc.nat(), { maxLength: 4 }),
  });
  holds(
    fc.property(cases, ({ seed, dimension, size, limit, spread, ofRows, stats, other, ...given }) => {
      const [probe, ...voices] = randomVoices(size + 1, { dimension, seed, spread });
      const all = voices.map((voice, i) => ({ voice, stats: ofRows[i % ofRows.length] }));
      const matrix = matrixOf(all, dimension);
      const rows = new Map(all.entries());
      for (const row of given.dropped) {
        matrix.drop(row % size);
        rows.delete(row % size);
      }
      const within = given.within && Uint32Array.from(new Set(given.within.map((row) => row % size))).sort();
      if (within) for (const row of rows.keys()) if (!within.includes(row)) rows.delete(row);
      const exceptions = new Map(
        given.exceptions
          .map((row) => row % size)
          .filter((row) => rows.has(row))
          .map((row) => [row, other]),
      );
      expectBest(matrix, rows, { probe, stats, limit, within, exceptions });
    }),
    60,
  );
});

test("ten thousand voices leave a few dozen rows to score exactly, and those are the best", () => {
  const voices = randomVoices(10_000, { dimension: 192, seed: 7, spread: 1 });
  const rows = voices.map((voice, i) => ({
    voice,
    stats: { mean: 0.3 + (i % 7) / 100, std: 0.05 + (i % 5) / 500 },
  }));
  const matrix = matrixOf(rows, 192);
  for (const probe of randomVoices(5, { dimension: 192, seed: 8, spread: 1 })) {
    const search = { probe, stats: { mean: 0.31, std: 0.05 }, limit: 16 };
    const found = expectBest(matrix, new Map(rows.entries()), search);
    expect(found.length).toBeLessThan(150);
  }
});

test("the floor is above every other row even where only the rounding of float32 tells rows apart", () => {
  // Components of 1/4 have no quantization error, and every row has nearly the same score.
  const signs = (seed: number) => randomVoices(1, { dimension: 16, seed, spread: 1 })[0].map(Math.sign);
  const probe = normalize(signs(1));
  const rows = Array.from({ length: 1000 }, (_, i) => {
    const voice = normalize(signs(2 + (i % 7)));
    const std = 0.001 + ((i * 37) % 101) / 300;
    return { voice, stats: { mean: cosine(voice, probe) - std / 3, std } };
  });
  const matrix = matrixOf(rows, 16);
  for (const limit of [1, 3, 10])
    for (const std of [0.001, 0.0123, 0.3])
      expectBest(matrix, new Map(rows.entries()), { probe, stats: { mean: 1 / 3, std }, limit });
});

const rowsIn = ({ rows }: FoundRows) => rows.map(({ row }) => row);

test("a dropped row holds nothing, another voice can take its place, and two pages give the same result", () => {
  const voices = randomVoices(10, { dimension: 20, seed: 5, spread: 1 });
  const stats = { mean: 0.1, std: 0.1 };
  const matrix = matrixOf(
    voices.map((voice) => ({ voice, stats })),
    20,
  );
  const search = { probe: voices[4], stats, limit: 1 };
  expect(rowsIn(scanRows(matrix.target, search))).toEqual([4]);
  expect(scanRows(matrix.target, search, 1)).toEqual(scanRows(matrix.target, search, 0));
  matrix.drop(4);
  expect([...columnsOf(matrix.target, 0).codes.subarray(4 * 32, 5 * 32)].every((code) => code === 0)).toBe(
    true,
  );
  expect(matrix.read(4)).toBeUndefined();
  expect(rowsIn(scanRows(matrix.target, search))).not.toContain(4);
  expect(rowsIn(scanRows(matrix.target, { ...search, stats: undefined, limit: 99 }))).toHaveLength(9);
  matrix.write(4, quantize(voices[4]), undefined);
  expect(matrix.read(4)).toEqual({ ...quantize(voices[4]), mean: 0, std: 1 });
  expect(rowsIn(scanRows(matrix.target, { ...search, stats: undefined }))).toEqual([4]);
});

test("loads whole blocks of columns, and appends after the last", () => {
  const voices = randomVoices(BLOCK_ROWS + 30, { dimension: 192, seed: 11, spread: 0.3 });
  const rows = voices.map((voice) => ({ voice, stats: { mean: 0.2, std: 0.1 } }));
  const from = matrixOf(rows, 192);
  const to = int8Matrix(192);
  expect(to.load(columnsOf(from.target, 0), BLOCK_ROWS)).toBe(0);
  expect(to.load(columnsOf(from.target, 1), 29)).toBe(BLOCK_ROWS);
  expect(() => to.load(columnsOf(from.target, 0), BLOCK_ROWS)).toThrow(RangeError);
  expect(to.append(quantize(voices[BLOCK_ROWS + 29]), rows[0].stats)).toBe(BLOCK_ROWS + 29);
  for (const row of [0, 1000, BLOCK_ROWS, BLOCK_ROWS + 28, BLOCK_ROWS + 29])
    expect(to.read(row)).toEqual(from.read(row));
  const search = { probe: voices[1030], stats: rows[0].stats, limit: 5 };
  expect(scanRows(to.target, search)).toEqual(scanRows(from.target, search));
});

test("rejects another dimension, a missing row and a limit below 1", () => {
  const [voice] = randomVoices(1, { dimension: 3, seed: 1, spread: 1 });
  const [other] = randomVoices(1, { dimension: 4, seed: 1, spread: 1 });
  const matrix = matrixOf([{ voice, stats: { mean: 0, std: 1 } }], 3);
  for (const row of [-1, 1, 0.5, Number.NaN]) {
    expect(() => matrix.drop(row)).toThrow(RangeError);
    expect(() => matrix.read(row)).toThrow(RangeError);
  }
  expect(() => matrix.append(quantize(other), undefined)).toThrow(RangeError);
  expect(() => scanRows(matrix.target, { probe: other, stats: undefined, limit: 1 })).toThrow(RangeError);
  expect(() => scanRows(matrix.target, { probe: voice, stats: undefined, limit: 0 })).toThrow(RangeError);
  for (const dimension of [0, 1.5, 2049]) expect(() => int8Matrix(dimension)).toThrow(RangeError);
  expect(rowsIn(scanRows(int8Matrix(3).target, { probe: voice, stats: undefined, limit: 5 }))).toEqual([]);
});
