import * as fc from "fast-check";
import { expect, test } from "vitest";
import { groupRates, groupTrials } from "../../lib/score/rates/groups.ts";
import { eer, minDcf } from "../../lib/score/rates/metrics.ts";
import { minCllr, pavCost } from "../../lib/score/rates/pav.ts";
import golden from "../golden/score/evaluation.json" with { type: "json" };
import { holds } from "./arbitraries.ts";

const PRIORS = [0.05, 0.01, 0.001];

/** Returns the weight of each class in each group, if trial t weighs weights[t]. */
function weighed(scores: number[], genuine: number[], weights: number[]) {
  const { order, from, split } = groupTrials(Float64Array.from(scores), Uint8Array.from(genuine));
  const sum = (start: number, end: number) =>
    order.slice(start, end).reduce((total, t) => total + weights[t], 0);
  return {
    genuine: Float64Array.from(split, (middle, k) => sum(from[k], middle)),
    impostor: Float64Array.from(split, (middle, k) => sum(middle, from[k + 1])),
  };
}

test("a run of one class is one group, and tied classes are a separate one", () => {
  const { genuine, impostor } = weighed(
    [9, 8, 7, 7, 6, 5, 4, 4, 3],
    [1, 1, 1, 0, 0, 0, 1, 1, 1],
    Array(9).fill(1),
  );
  expect([...genuine]).toEqual([2, 1, 0, 3]);
  expect([...impostor]).toEqual([0, 1, 2, 0]);
});

test("rejects a score that isn't a number", () => {
  expect(() => groupTrials(Float64Array.of(1, Number.NaN), Uint8Array.of(1, 0))).toThrow(RangeError);
});

test("returns no rates if a class has no weight", () => {
  expect(groupRates(Float64Array.of(0, 0), Float64Array.of(1, 2), PRIORS)).toBeUndefined();
});

test("EER, minDCF at three priors and minCllr match scikit-learn to 1e-6, weighted or not", () => {
  for (const { trials, drawn, ...plain } of golden) {
    const [genuine, scores] = [trials.map(([label]) => label), trials.map((trial) => trial[5])];
    const all = [{ times: Array(plain.speakers).fill(1), ...plain }, ...drawn];
    for (const { times, ...expected } of all) {
      const weights = trials.map(([, s, , t]) => (s === t ? times[s] : times[s] * times[t]));
      const groups = weighed(scores, genuine, weights);
      const rates = groupRates(groups.genuine, groups.impostor, PRIORS)!;
      expect(Math.abs(rates.eer - expected.eer)).toBeLessThan(1e-6);
      for (const [p, cost] of expected.minDcf.entries())
        expect(Math.abs(rates.minDcf[p] - cost)).toBeLessThan(1e-6);
      expect(Math.abs(pavCost(groups.genuine, groups.impostor) - expected.minCllr)).toBeLessThan(1e-6);
    }
  }
});

test("minCllr of a list matches isotonic regression to 1e-6", () => {
  for (const { trials, minCllr: expected } of golden) {
    const of = (label: number) => trials.filter((trial) => trial[0] === label).map((trial) => trial[5]);
    expect(Math.abs(minCllr(of(1), of(0)) - expected)).toBeLessThan(1e-6);
  }
});

test("by hand: separate classes cost nothing, equal scores one bit, a reversed order one bit", () => {
  expect(minCllr([3, 4], [1, 2])).toBe(0);
  expect(minCllr([1, 1], [1])).toBeCloseTo(1, 12);
  expect(minCllr([0], [1])).toBeCloseTo(1, 12);
  // Two blocks: {genuine 1} above {genuine 1, impostor 2}: ratios infinite and 1/2.
  const half = (Math.log2(3) / 2 + Math.log2(1.5)) / 2;
  expect(minCllr([5, 2], [2, 2])).toBeCloseTo(half, 12);
});

const scores = fc.array(
  fc.integer({ min: -12, max: 12 }).map((x) => x / 4),
  { minLength: 1, maxLength: 40 },
);

test("property: grouped rates equal the rates of the list, with any ties", () => {
  holds(
    fc.property(scores, scores, (g, m) => {
      const all = [...g, ...m];
      const groups = weighed(all, [...g.map(() => 1), ...m.map(() => 0)], Array(all.length).fill(1));
      const rates = groupRates(groups.genuine, groups.impostor, PRIORS)!;
      expect(rates.eer).toBeCloseTo(eer(g, m).eer, 9);
      for (const [p, prior] of PRIORS.entries())
        expect(rates.minDcf[p]).toBeCloseTo(minDcf(g, m, prior).minDcf, 9);
      expect(pavCost(groups.genuine, groups.impostor)).toBeCloseTo(minCllr(g, m), 9);
    }),
  );
});

test("property: minCllr is between 0 and 1 and doesn't change if scores are stretched", () => {
  holds(
    fc.property(scores, scores, (g, m) => {
      const cost = minCllr(g, m);
      expect(cost).toBeGreaterThanOrEqual(0);
      expect(cost).toBeLessThanOrEqual(1 + 1e-12);
      const bent = (list: number[]) => list.map((s) => Math.exp(s) + 5);
      expect(minCllr(bent(g), bent(m))).toBeCloseTo(cost, 12);
    }),
  );
});
