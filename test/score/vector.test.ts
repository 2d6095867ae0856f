import * as fc from "fast-check";
import { expect, test } from "vitest";
import { cosine, normalize } from "../../lib/score/scoring/vector.ts";
import { holds, unitVector } from "./arbitraries.ts";

test("keeps a vector's direction and makes its length 1", () => {
  expect([...normalize([3, 4])]).toEqual([Math.fround(0.6), Math.fround(0.8)]);
});

test("rejects vectors without a direction: zeros, NaN, infinity", () => {
  for (const values of [[], [0, 0], [1, Number.NaN], [Number.POSITIVE_INFINITY, 1]])
    expect(() => normalize(values)).toThrow(RangeError);
});

test("doesn't change the input", () => {
  const values = Float32Array.of(3, 4);
  normalize(values);
  expect([...values]).toEqual([3, 4]);
});

test("property: a cosine is symmetric, within [-1, 1], and 1 for a vector with itself", () => {
  holds(
    fc.property(unitVector(6), unitVector(6), (a, b) => {
      expect(cosine(a, b)).toBe(cosine(b, a));
      expect(Math.abs(cosine(a, b))).toBeLessThanOrEqual(1 + 1e-6);
      expect(cosine(a, a)).toBeCloseTo(1, 6);
    }),
  );
});

test("rejects vectors of different dimensions", () => {
  expect(() => cosine(normalize([1]), normalize([1, 0]))).toThrow(RangeError);
});
