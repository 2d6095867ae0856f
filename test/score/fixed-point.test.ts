import * as fc from "fast-check";
import { expect, test } from "vitest";
import { addFixed, fromFixed, toFixed } from "../../lib/score/scoring/fixed-point.ts";
import { cosine, normalize } from "../../lib/score/scoring/vector.ts";
import { holds, unitVector, unitVectors } from "./arbitraries.ts";

const DIMENSION = 8;
const zero = () => new Float64Array(DIMENSION);

test("rounds a component once, at scale 2^28; 1 and -1 fit an Int32", () => {
  expect([...toFixed(normalize([1, 0]))]).toEqual([2 ** 28, 0]);
  expect([...toFixed(normalize([0, -1]))]).toEqual([0, -(2 ** 28)]);
  expect([...toFixed(normalize([3, 4]))]).toEqual(
    [Math.fround(0.6), Math.fround(0.8)].map((x) => Math.round(x * 2 ** 28)),
  );
});

test("property: any order of adding gives the same bits", () => {
  const shuffled = unitVectors(DIMENSION, 1, 50).chain((rows) =>
    fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })),
  );
  const sum = (rows: readonly Int32Array[]) =>
    rows.reduce<Float64Array>((total, row) => addFixed(total, row, 1), zero());
  holds(
    fc.property(shuffled, ([rows, other]) => {
      expect(sum(other.map(toFixed))).toEqual(sum(rows.map(toFixed)));
    }),
  );
});

test("property: adding and removing a clip gives the same bits as never adding it", () => {
  holds(
    fc.property(unitVectors(DIMENSION, 1, 20), unitVector(DIMENSION), (rows, guest) => {
      const before = rows.reduce<Float64Array>((total, row) => addFixed(total, toFixed(row), 1), zero());
      const during = addFixed(before, toFixed(guest), 1);
      expect(addFixed(during, toFixed(guest), -1)).toEqual(before);
    }),
  );
});

test("property: converting to fixed point and back changes a voice by less than 1e-6", () => {
  holds(
    fc.property(unitVector(DIMENSION), (voice) => {
      const fixed = toFixed(voice);
      expect(cosine(fromFixed(fixed), voice)).toBeGreaterThan(1 - 1e-6);
      expect(fixed.every((x) => Math.abs(x) <= 2 ** 28)).toBe(true);
    }),
  );
});

test("rejects another dimension, and a sum beyond exact integers", () => {
  expect(() => addFixed(new Float64Array(2), new Int32Array(3), 1)).toThrow(RangeError);
  const full = Float64Array.of(Number.MAX_SAFE_INTEGER);
  expect(() => addFixed(full, Int32Array.of(1), 1)).toThrow(RangeError);
  expect(addFixed(full, Int32Array.of(1), -1)[0]).toBe(Number.MAX_SAFE_INTEGER - 1);
});

test("rejects an empty sum, which has no direction", () => {
  expect(() => fromFixed(zero())).toThrow(RangeError);
});
