import { expect, test } from "vitest";
import { projected, type TwoCovariance, twoVoicesLlr } from "../../lib/score/scoring/two-covariance.ts";
import type { UnitVector } from "../../lib/score/scoring/vector.ts";

const STEP = 0.01;
const normal = (x: number, variance: number) =>
  Math.exp(-(x ** 2) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance);

/** Integrates over a voice's unknown mean numerically, without the closed form. */
function integral(f: (mean: number) => number): number {
  let sum = 0;
  for (let mean = -40; mean <= 40; mean += STEP) sum += f(mean);
  return sum * STEP;
}

/** The log-likelihood ratio in one direction, by its definition. */
function byDefinition(between: number, [x, countX]: number[], [y, countY]: number[]): number {
  const ofX = (mean: number) => normal(x - mean, 1 / countX);
  const ofY = (mean: number) => normal(y - mean, 1 / countY);
  const prior = (mean: number) => normal(mean, between);
  const one = integral((mean) => prior(mean) * ofX(mean) * ofY(mean));
  const two = integral((mean) => prior(mean) * ofX(mean)) * integral((mean) => prior(mean) * ofY(mean));
  return Math.log(two / one);
}

const space = (...between: number[]): TwoCovariance => ({ mean: [], directions: [], between });
const group = (count: number, ...mean: number[]) => ({ mean: Float64Array.from(mean), count });

test.each([
  [1, [0, 2], [0, 2]],
  [4, [1.5, 2], [1.2, 5]],
  [4, [3, 2.5], [-2, 1]],
  [0.5, [-1, 6], [1, 0.5]],
])("the ratio is that of the definition, integrated: variance %d, groups %j and %j", (between, x, y) => {
  const found = twoVoicesLlr(space(between), group(x[1], x[0]), group(y[1], y[0]));
  expect(found).toBeCloseTo(byDefinition(between, x, y), 6);
});

test("directions are independent: their ratios add up", () => {
  const found = twoVoicesLlr(space(4, 0.5), group(2, 3, -1), group(5, -2, 1));
  const expected = byDefinition(4, [3, 2], [-2, 5]) + byDefinition(0.5, [-1, 2], [1, 5]);
  expect(found).toBeCloseTo(expected, 6);
});

test("coordinates are those of the embedding less the mean, in each direction", () => {
  const model = {
    mean: [1, -2],
    directions: [
      [2, 0],
      [1, 1],
      [0, -3],
    ],
    between: [1, 1, 1],
  };
  const embedding = Float32Array.of(4, 5) as UnitVector;
  expect([...projected(model, embedding)]).toEqual([6, 10, -21]);
});
