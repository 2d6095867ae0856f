import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  cllr,
  eer,
  minDcf,
  rocPoints,
  thresholdAtFar,
  thresholdAtFrr,
} from "../../lib/score/rates/metrics.ts";
import golden from "../golden/score/metrics.json" with { type: "json" };
import { holds } from "./arbitraries.ts";

test("accepts a trial if its score reaches the threshold, and tied scores together", () => {
  const { thresholds, far, frr } = rocPoints([2, 3], [1, 2, 2, 0]);
  expect([...thresholds]).toEqual([Number.POSITIVE_INFINITY, 3, 2, 1, 0]);
  expect([...far]).toEqual([0, 0, 0.5, 0.75, 1]);
  expect([...frr]).toEqual([1, 0.5, 0, 0, 0]);
});

test("one of four wrong on each side is an EER of a quarter", () => {
  expect(eer([1, 3, 4, 5], [0, 0.5, 0.7, 2])).toEqual({ eer: 0.25, threshold: 2 });
});

test("between two operating points the EER is where the line between them crosses FAR = FRR", () => {
  // Points (FAR, FRR): (0, 1/2) at 3, (1/3, 0) at 2. The line crosses the diagonal at 1/5.
  const found = eer([2, 3], [2, 1, 0]);
  expect(found.eer).toBeCloseTo(0.2, 12);
  expect(found.threshold).toBe(2);
});

test("uses the stricter of two operating points that are equally close to equal errors", () => {
  // (0, 1/2) at 3 and (1/2, 0) at 2.
  expect(eer([2, 3], [2, 0])).toEqual({ eer: 0.25, threshold: 3 });
});

test("separate scores have no error, and equal scores no information", () => {
  expect(eer([5, 6], [1, 2])).toEqual({ eer: 0, threshold: 5 });
  expect(minDcf([5, 6], [1, 2], 0.01)).toEqual({ minDcf: 0, threshold: 5 });
  expect(eer([1, 1], [1, 1, 1])).toEqual({ eer: 0.5, threshold: 1 });
});

test("minDCF weighs misses by the prior and false alarms by its complement, over the better trivial decision", () => {
  // At threshold 3: FRR 1/4, FAR 0 -> 0.1 * 0.25 / 0.1. At 1: FRR 0, FAR 1/4 -> 0.9 * 0.25 / 0.1.
  const [genuine, impostor] = [
    [1, 3, 4, 5],
    [0, 0.5, 0.7, 2],
  ];
  expect(minDcf(genuine, impostor, 0.1).minDcf).toBeCloseTo(0.25, 12);
  expect(minDcf(genuine, impostor, 0.1).threshold).toBe(3);
  expect(minDcf(genuine, impostor, 0.9).threshold).toBe(1);
});

test("minDCF is 1 without a threshold if accepting nothing is best", () => {
  expect(minDcf([0, 1], [2, 3], 0.01)).toEqual({ minDcf: 1, threshold: undefined });
});

test("a threshold at a FAR is the lowest score that keeps it, with any ties", () => {
  expect(thresholdAtFar([5], [1, 2, 3, 4], 0.25)).toBe(4);
  expect(thresholdAtFar([5], [1, 2, 3, 4], 0.24)).toBe(5);
  expect(thresholdAtFar([5], [1, 2, 4, 4], 0.25)).toBe(5);
  expect(thresholdAtFar([3], [1, 2, 4, 4], 0.25)).toBeUndefined();
  expect(thresholdAtFar([5], [1, 2, 3, 4], 1)).toBe(1);
});

test("counts a whole number of trials despite rounding", () => {
  const impostor = Array.from({ length: 100 }, (_, i) => i);
  // 0.29 * 100 is 28.999999999999996 in floating point.
  expect(thresholdAtFar([1000], impostor, 0.29)).toBe(71);
});

test("a threshold at a FRR is the highest that keeps it", () => {
  expect(thresholdAtFrr([1, 2, 3, 4], 0.25)).toBe(2);
  expect(thresholdAtFrr([1, 2, 3, 4], 0)).toBe(1);
});

test("log-likelihood ratios of 0 cost one bit, misleading ones more, correct ones less", () => {
  expect(cllr([0], [0])).toBeCloseTo(1, 12);
  expect(cllr([10], [-10])).toBeLessThan(1e-3);
  expect(cllr([-10], [10])).toBeGreaterThan(10);
  expect(cllr([1000], [-1000])).toBe(0);
});

test("rejects an empty list and a score that isn't a number", () => {
  expect(() => eer([], [1])).toThrow(RangeError);
  expect(() => eer([1], [])).toThrow(RangeError);
  expect(() => eer([1, Number.NaN], [1])).toThrow(RangeError);
  expect(() => minDcf([1], [Number.NEGATIVE_INFINITY], 0.1)).toThrow(RangeError);
});

test("every metric matches scikit-learn's operating points to 1e-6", () => {
  const near = (a: number | undefined, b: number) => expect(Math.abs(a! - b)).toBeLessThan(1e-6);
  for (const one of golden) {
    const { genuine, impostor } = one;
    near(eer(genuine, impostor).eer, one.eer);
    near(eer(genuine, impostor).threshold, one.eerThreshold);
    for (const prior of [0.05, 0.01] as const) {
      near(minDcf(genuine, impostor, prior).minDcf, one[`minDcf${prior}`]);
      expect(minDcf(genuine, impostor, prior).threshold ?? null).toEqual(one[`minDcfThreshold${prior}`]);
    }
    near(minDcf(genuine, impostor, 0.1, 10, 2).minDcf, one.minDcfCosts);
    for (const rate of [0.2, 0.1, 0.03] as const) {
      expect(thresholdAtFar(genuine, impostor, rate) ?? Number.POSITIVE_INFINITY).toBe(
        one[`far${rate}`] ?? Number.POSITIVE_INFINITY,
      );
      expect(thresholdAtFrr(genuine, rate)).toBe(one[`frr${rate}`]);
    }
    near(cllr(genuine, impostor), one.cllr);
  }
});

const scores = fc.array(
  fc.integer({ min: -20, max: 20 }).map((x) => x / 4),
  { minLength: 1, maxLength: 40 },
);

test("property: a threshold at a FAR keeps it, and the next lower score doesn't", () => {
  holds(
    fc.property(scores, scores, fc.double({ min: 0, max: 0.99, noNaN: true }), (genuine, impostor, far) => {
      const threshold = thresholdAtFar(genuine, impostor, far) ?? Number.POSITIVE_INFINITY;
      const farAt = (t: number) => impostor.filter((s) => s >= t).length / impostor.length;
      expect(farAt(threshold)).toBeLessThanOrEqual(far + 1e-9);
      const lower = Math.max(...[...genuine, ...impostor].filter((s) => s < threshold));
      if (Number.isFinite(lower)) expect(farAt(lower)).toBeGreaterThan(far);
    }),
  );
});

test("property: EER and minDCF don't change if scores are shifted, stretched or reordered", () => {
  holds(
    fc.property(scores, scores, (genuine, impostor) => {
      const moved = (list: number[]) => list.map((s) => 2 * s + 3).reverse();
      expect(eer(moved(genuine), moved(impostor)).eer).toBe(eer(genuine, impostor).eer);
      const cost = minDcf(genuine, impostor, 0.05).minDcf;
      expect(minDcf(moved(genuine), moved(impostor), 0.05).minDcf).toBe(cost);
      expect(cost).toBeGreaterThanOrEqual(0);
      expect(cost).toBeLessThanOrEqual(1);
    }),
  );
});

test("sorted and unsorted scores have the same rates", () => {
  const [genuine, impostor] = [Float64Array.of(4, 2, 3, 5), Float64Array.of(3, 1, 0, 2.5)];
  const sorted = [genuine, impostor].map((scores) => scores.slice().sort());
  expect(eer(sorted[0], sorted[1])).toEqual(eer(genuine, impostor));
  expect([...genuine]).toEqual([4, 2, 3, 5]);
  expect(thresholdAtFrr(genuine, 0.25)).toBe(thresholdAtFrr(sorted[0], 0.25));
});

test.each([-0.1, 1.1, Number.NaN])("a rate of %d is rejected", (rate) => {
  expect(() => thresholdAtFar([2], [1], rate)).toThrow(RangeError);
  expect(() => thresholdAtFrr([2], rate)).toThrow(RangeError);
  expect(() => minDcf([2], [1], rate)).toThrow(RangeError);
});

test("a prior of 0 or 1 and an FRR of 1 are rejected, but not an FAR of 0 or 1", () => {
  for (const prior of [0, 1]) expect(() => minDcf([2], [1], prior)).toThrow(RangeError);
  expect(() => thresholdAtFrr([2], 1)).toThrow(RangeError);
  expect([thresholdAtFar([2], [1], 0), thresholdAtFar([2], [1], 1)]).toEqual([2, 1]);
});
