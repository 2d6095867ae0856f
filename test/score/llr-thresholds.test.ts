import { expect, test } from "vitest";
import {
  lookPoint,
  needsCohort,
  openSetPoint,
  pointFor,
  tableFor,
  tableNeedsCohort,
  unboundedLlr,
} from "../../lib/score/scoring/calibration.ts";
import type { CalibrationTable, TrialConditions } from "../../lib/score/scoring/types.ts";

const counts = { genuineTrials: 100, impostorTrials: 3000 };
const TABLE: CalibrationTable = {
  method: "cosine",
  bucket: "any",
  bandwidth: "wide",
  thresholdsOn: "llr",
  llr: {
    slope: 20,
    offset: -9,
    measures: [
      { measure: "clips", weight: -0.5, from: 0, to: Math.log(7), typical: 1 },
      { measure: "cohortMean", weight: -6, from: 0.1, to: 0.5, typical: 0.3 },
    ],
  },
  points: [
    { far: 0.001, threshold: 4, frr: 0.3, ...counts },
    { far: 0.01, threshold: 2, frr: 0.1, ...counts },
  ],
};
const conditions = (enrolledClips: number, mean: number): TrialConditions => ({
  ...{ seconds: 5, bandwidth: "wide", enrolledClips, cohort: { mean, std: 0.1 } },
});

test.each([
  [1, 0.2],
  [7, 0.2],
  [3, 0.45],
])(
  "the threshold is the score with the point's likelihood ratio: %d clips, cohort mean %d",
  (clips, mean) => {
    const trial = conditions(clips, mean);
    const { threshold = Number.NaN } = pointFor(TABLE, 0.01, trial) ?? {};
    expect(unboundedLlr(TABLE, threshold, trial)).toBeCloseTo(2, 10);
    const search = openSetPoint(TABLE, 0.01, 100, trial);
    expect(search).toMatchObject({ extrapolated: true });
    // A tenth of the smallest measured rate: two more for each factor of ten.
    expect(unboundedLlr(TABLE, search?.threshold ?? Number.NaN, trial)).toBeCloseTo(6, 10);
  },
);

test("looks get a share of the rate, between measured points and below them", () => {
  const trial = conditions(3, 0.3);
  const llrAt = (far: number, looks: number) =>
    unboundedLlr(TABLE, lookPoint(TABLE, far, looks, trial)?.threshold ?? Number.NaN, trial);
  expect(lookPoint(TABLE, 0.01, 1, trial)?.threshold).toBe(pointFor(TABLE, 0.01, trial)?.threshold);
  // Two more for each factor of ten.
  expect(llrAt(0.01, 2)).toBeCloseTo(2 + 2 * Math.log10(2), 10);
  expect(llrAt(0.01, 10)).toBeCloseTo(4, 10);
  expect(llrAt(0.01, 20)).toBeCloseTo(4 + 2 * Math.log10(2), 10);
  expect(lookPoint(TABLE, 0.01, 10, trial)).toMatchObject({ far: 0.01, frr: 0.3 });
  expect(lookPoint(TABLE, 0.0005, 1, trial)).toBeUndefined();
});

test("a voice that is near to many others, or has more clips, needs a higher score", () => {
  const at = (trial: TrialConditions) => pointFor(TABLE, 0.01, trial)?.threshold;
  expect(at(conditions(1, 0.4))).toBeGreaterThan(at(conditions(1, 0.2)) ?? Number.NaN);
  expect(at(conditions(7, 0.2))).toBeGreaterThan(at(conditions(1, 0.2)) ?? Number.NaN);
});

test("thresholds on scores don't depend on the conditions", () => {
  const { thresholdsOn, ...onScores } = TABLE;
  expect(thresholdsOn).toBe("llr");
  expect(pointFor(onScores, 0.01, conditions(7, 0.5))?.threshold).toBe(2);
});

test("a table for one or two telephone sides is used for these trials only", () => {
  const telephone = { ...TABLE, bandwidth: "telephone" } as const;
  const tables = [TABLE, { ...telephone, crossBand: false }, { ...telephone, crossBand: true }];
  const find = (crossBand: boolean | undefined) =>
    tableFor({ tables }, "cosine", { seconds: 5, bandwidth: "telephone", crossBand });
  expect([find(true), find(false), find(undefined)].map((table) => table?.crossBand)).toEqual([
    true,
    false,
    false,
  ]);
});

test("cosines need a cohort only if their likelihood ratios use it", () => {
  const plain = { ...TABLE, llr: { slope: 20, offset: -9 } };
  expect([tableNeedsCohort(TABLE), tableNeedsCohort(plain)]).toEqual([true, false]);
  expect(needsCohort({ method: "cosine", tables: [plain] })).toBe(false);
  expect(needsCohort({ method: "cosine", tables: [plain, TABLE] })).toBe(true);
  expect(needsCohort({ method: "as-norm", tables: [plain] })).toBe(true);
  // Tables of methods that the calibration doesn't choose have no say.
  expect(needsCohort({ method: "cosine", tables: [plain, { ...plain, method: "as-norm" }] })).toBe(false);
});
