import { expect, test } from "vitest";
import { unboundedLlr } from "../../lib/score/scoring/calibration.ts";
import { measuresSum } from "../../lib/score/scoring/measures.ts";
import type { LlrMap, TrialConditions } from "../../lib/score/scoring/types.ts";

const map: LlrMap = {
  slope: 2,
  offset: -1,
  measures: [
    { measure: "snr", weight: 0.5, from: 10, to: 30, typical: 25 },
    { measure: "longer", weight: -2, from: 0, to: 3, typical: 1 },
  ],
};
const conditions = (snrDb: number | undefined, longerSeconds: number): TrialConditions => ({
  ...{ seconds: 1, bandwidth: "wide" as const },
  ...{ snrDb, longerSeconds },
});

test("measures add their weighted values, within the range they were fitted on", () => {
  expect(measuresSum(map, conditions(20, Math.E))).toBeCloseTo(0.5 * 20 - 2 * 1, 12);
  expect(measuresSum(map, conditions(5, 1))).toBeCloseTo(0.5 * 10 - 0, 12);
  expect(measuresSum(map, conditions(50, Math.E ** 5))).toBeCloseTo(0.5 * 30 - 2 * 3, 12);
  expect(measuresSum(map, conditions(20, 0))).toBeCloseTo(0.5 * 20 - 0, 12);
});

test("an unknown measure counts as a typical one, and so do all without conditions", () => {
  expect(measuresSum(map, conditions(undefined, Math.E))).toBeCloseTo(0.5 * 25 - 2, 12);
  expect(measuresSum(map, undefined)).toBeCloseTo(0.5 * 25 - 2, 12);
  expect(measuresSum({ slope: 2, offset: -1 }, conditions(20, 4))).toBe(0);
});

test("the likelihood ratio is the line of the score, and the measures on top", () => {
  expect(unboundedLlr({ llr: map }, 3, conditions(20, Math.E))).toBeCloseTo(2 * 3 - 1 + 8, 12);
});
