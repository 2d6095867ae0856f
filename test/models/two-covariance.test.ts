import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projected, type TwoCovariance, twoVoicesLlr } from "../../lib/score/scoring/two-covariance.ts";
import type { UnitVector } from "../../lib/score/scoring/vector.ts";
import { fitTwoCovariance } from "../../models/build/mixtures/space.ts";

type Golden = {
  recordings: { kind: string; windows: number[][] }[];
  fitted: { mean: number[]; between: number[] };
  pairs: { a: number[]; b: number[]; countA: number; countB: number; llr: number }[];
};

const golden: Golden = JSON.parse(
  await readFile(join(import.meta.dirname, "../golden/score/two-covariance.json"), "utf8"),
);
const vectorOf = (values: readonly number[]) => Float32Array.from(values) as UnitVector;
const fitted: TwoCovariance = fitTwoCovariance(
  golden.recordings.map(({ kind, windows }) => ({ kind, windows: windows.map(vectorOf) })),
);

test("fits the mean, and the variance between voices in each direction, as scipy does", () => {
  expect(fitted.mean).toHaveLength(golden.fitted.mean.length);
  for (const [i, x] of golden.fitted.mean.entries()) expect(fitted.mean[i]).toBeCloseTo(x, 3);
  for (const [i, x] of golden.fitted.between.entries()) expect(fitted.between[i]).toBeCloseTo(x, 3);
});

test("the likelihood ratio in the fitted directions is that of the full covariances", () => {
  for (const { a, b, countA, countB, llr } of golden.pairs) {
    const found = twoVoicesLlr(
      fitted,
      { mean: projected(fitted, vectorOf(a)), count: countA },
      { mean: projected(fitted, vectorOf(b)), count: countB },
    );
    expect(found).toBeCloseTo(llr, 1);
  }
});

test("the ratio grows with the distance of the groups and with the number of windows", () => {
  const space = { mean: [0], directions: [[1]], between: [4] };
  const llr = (x: number, count: number) =>
    twoVoicesLlr(space, { mean: Float64Array.of(x), count }, { mean: Float64Array.of(-x), count });
  // Variances of 5 and a covariance of 4: the quadratic form is (5 + 8 + 5) / 9 for one voice, and
  // 1 / 5 + 1 / 5 for two.
  expect(llr(1, 1)).toBeCloseTo((Math.log(9 / 25) + 2 - 2 / 5) / 2, 12);
  expect(llr(0, 1)).toBeLessThan(0);
  expect(llr(2, 1)).toBeGreaterThan(llr(1, 1));
  expect(llr(2, 4)).toBeGreaterThan(llr(2, 1));
});
