import { expect, test } from "vitest";
import type { KnownTrial } from "../../lib/score/fit/fit.ts";
import { posteriorThreshold } from "../../lib/score/fit/posterior-threshold.ts";
import { canBePrior, shrunkTables } from "../../lib/score/fit/shrink.ts";
import type { CalibrationTable } from "../../lib/score/scoring/types.ts";

const counts = { genuineTrials: 100, impostorTrials: 3000 };
const PRIOR: CalibrationTable = {
  method: "cosine",
  bucket: "any",
  bandwidth: "wide",
  thresholdsOn: "llr",
  llr: { slope: 10, offset: -5 },
  points: [
    { far: 0.001, threshold: 6, frr: 0.3, ...counts },
    { far: 0.01, threshold: 4, frr: 0.1, ...counts },
    { far: 0.05, threshold: 2.6, frr: 0.05, ...counts },
  ],
};
const prior = { method: "cosine" as const, tables: [PRIOR] };

/** Every speaker has one genuine trial, and an impostor trial with every other speaker. */
function trials(speakers: number, genuine: number, impostor: number): KnownTrial[] {
  const spread = (a: number, b: number) => (((a * 7919 + b * 104_729) % 1000) / 1000 - 0.5) * 0.4;
  return Array.from({ length: speakers }, (_, a) =>
    Array.from(
      { length: speakers },
      (_, b): KnownTrial => ({
        genuine: a === b,
        enrolled: `speaker ${a}`,
        probe: `speaker ${b}`,
        conditions: { seconds: 5, bandwidth: "wide" },
        scores: { cosine: (a === b ? genuine : impostor) + spread(a, b) },
      }),
    ),
  ).flat();
}

test("without trials of a kind the prior's table stays as it is", () => {
  const telephone = trials(12, 0.8, 0.2).map((trial) => ({
    ...trial,
    conditions: { ...trial.conditions, bandwidth: "telephone" as const },
  }));
  expect(shrunkTables(telephone, prior)).toEqual([PRIOR]);
});

test("the more speakers, the further the ratios move towards the trials", () => {
  // Both classes score 0.4 higher than the prior expects: the point in between is at 0.9, not 0.5.
  const zeroAt = (speakers: number) => {
    const [{ llr }] = shrunkTables(trials(speakers, 1.2, 0.6), prior);
    return -llr.offset / llr.slope;
  };
  const zeros = [2, 5, 20, 80].map(zeroAt);
  expect(zeros).toEqual(zeros.toSorted((a, b) => a - b));
  expect(zeros[0]).toBeGreaterThan(0.5);
  expect(zeros[3]).toBeCloseTo(0.9, 1);
});

test("thresholds keep the rate by the prior and by the trials together", () => {
  const all = trials(40, 0.9, 0.3);
  const [{ points, llr }] = shrunkTables(all, prior);
  const impostors = all.filter(({ genuine }) => !genuine);
  for (const { far, threshold } of points) {
    const accepted = impostors.filter(
      ({ scores }) => llr.slope * (scores.cosine ?? 0) + llr.offset >= threshold,
    );
    // Forty speakers against the ten that the prior counts as.
    expect((accepted.length / impostors.length) * 0.8).toBeLessThanOrEqual(far);
  }
  expect(points.map(({ threshold }) => threshold)).toEqual(
    points.map(({ threshold }) => threshold).toSorted((a, b) => b - a),
  );
});

test("few trials alone never allow a rate that the prior doesn't", () => {
  const before = PRIOR.points;
  const none = Float64Array.from({ length: 50 }, () => -20);
  expect(posteriorThreshold(before, none, 3, 0.0001)).toBeUndefined();
  const alone = posteriorThreshold(before, none, 1, 0.05) ?? Number.NaN;
  expect(Math.abs(alone - 2.6)).toBeLessThan(0.2);
});

test("only a calibration with thresholds on ratios can be the prior", () => {
  expect(canBePrior(prior)).toBe(true);
  expect(canBePrior({ method: "as-norm", tables: [PRIOR] })).toBe(false);
  const { thresholdsOn: _, ...onScores } = PRIOR;
  expect(canBePrior({ method: "cosine", tables: [onScores] })).toBe(false);
});
