import * as fc from "fast-check";
import { expect, test } from "vitest";
import { twoVoicesEvidence } from "../../lib/score/scoring/speaker-split.ts";
import type { TwoCovariance } from "../../lib/score/scoring/two-covariance.ts";
import type { UnitVector } from "../../lib/score/scoring/vector.ts";
import { holds } from "./arbitraries.ts";

type Point = readonly [number, number];
const BETWEEN = [50, 20];
const space: TwoCovariance = {
  mean: [0, 0],
  directions: [
    [1, 0],
    [0, 1],
  ],
  between: BETWEEN,
};
const evidence = (points: readonly Point[], weight: number) =>
  twoVoicesEvidence(
    space,
    points.map((point) => Float64Array.from(point) as unknown as UnitVector),
    weight,
  );

const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;

/** -log N([x, y]; 0, [[xx, xy], [xy, yy]]) without its constant, by Cramer's rule. */
function surprise([x, y]: Point, [xx, xy, yy]: readonly number[]): number {
  const determinant = xx * yy - xy * xy;
  const [u, v] = [(yy * x - xy * y) / determinant, (xx * y - xy * x) / determinant];
  return (Math.log(determinant) + u * x + v * y) / 2;
}

/** The evidence of one division, written again from its definition. */
function ofDivision(points: readonly Point[], inA: readonly boolean[], weight: number): number {
  const groups = [true, false].map((side) => points.filter((_, i) => inA[i] === side));
  const counts = groups.map((group) => group.length * weight);
  const means = groups.map((group) => [0, 1].map((k) => mean(group.map((point) => point[k]))));
  const squares = groups.flatMap((group, g) =>
    group.map((point) => (point[0] - means[g][0]) ** 2 + (point[1] - means[g][1]) ** 2),
  );
  // The prior is worth two windows of variance 1; two means take two degrees of freedom.
  const within = 2 + (weight * mean(squares) * squares.length) / 2;
  const variance = within / (2 + Math.max(0, points.length * weight - 2));
  const inDirection = (k: number) => {
    const pair = [means[0][k], means[1][k]] as const;
    const [a, b] = counts.map((count) => BETWEEN[k] + variance / count);
    return surprise(pair, [a, BETWEEN[k], b]) - surprise(pair, [a, 0, b]);
  };
  return inDirection(0) + inDirection(1);
}

/** The highest evidence among all divisions with two windows or more on each side. */
function exhaustive(points: readonly Point[], weight: number): number {
  const divisions = Array.from({ length: 2 ** (points.length - 1) }, (_, bits) =>
    points.map((_, i) => ((bits >> i) & 1) === 1),
  );
  const sides = (inA: readonly boolean[]) => inA.filter(Boolean).length;
  return Math.max(
    ...divisions
      .filter((inA) => Math.min(sides(inA), inA.length - sides(inA)) >= 2)
      .map((inA) => ofDivision(points, inA, weight)),
  );
}

const noise = fc.tuple(
  fc.double({ min: -1, max: 1, noNaN: true }),
  fc.double({ min: -1, max: 1, noNaN: true }),
);

test("property: of two voices far apart, in any order, it finds what an exhaustive search finds", () => {
  const window = fc.tuple(fc.boolean(), noise);
  const given = fc.array(window, { minLength: 4, maxLength: 8 }).filter((windows) => {
    const first = windows.filter(([isFirst]) => isFirst).length;
    return Math.min(first, windows.length - first) >= 2;
  });
  holds(
    fc.property(given, fc.double({ min: 0.2, max: 0.7, noNaN: true }), (windows, weight) => {
      const points = windows.map(([isFirst, [x, y]]): Point => [(isFirst ? 9 : -5) + x, 3 + y]);
      expect(evidence(points, weight)).toBeCloseTo(exhaustive(points, weight), 9);
    }),
  );
});

test("property: it never claims more than an exhaustive search finds", () => {
  holds(
    fc.property(fc.array(noise, { minLength: 4, maxLength: 8 }), (points) => {
      expect(evidence(points, 0.5)).toBeLessThanOrEqual(exhaustive(points, 0.5) + 1e-9);
    }),
  );
});

test("property: one change of speaker is found where it is, whatever the windows are", () => {
  holds(
    fc.property(fc.array(noise, { minLength: 4, maxLength: 9 }), (points) => {
      const changes = points.slice(3).map((_, i) => points.map((_, at) => at < i + 2));
      const evidences = changes.map((inA) => ofDivision(points, inA, 0.5));
      // The best change is chosen with the model's variance. With another one it may be second.
      expect(evidence(points, 0.5)).toBeGreaterThanOrEqual(Math.min(...evidences) - 1e-9);
    }),
  );
});

test("two voices that the best change divides wrongly are found by the windows farthest apart", () => {
  const turns: Point[] = [9, -5, -5, 9, 9, -5, -5, 9].map((x) => [x, 3]);
  expect(evidence(turns, 0.5)).toBeCloseTo(exhaustive(turns, 0.5), 9);
});

test("windows count as six at most together", () => {
  const voices = (count: number): Point[] => [
    ...Array<Point>(count).fill([9, 3]),
    ...Array<Point>(count).fill([-5, 3]),
  ];
  expect(evidence(voices(6), 1)).toBeCloseTo(exhaustive(voices(6), 0.5), 9);
  expect(evidence(voices(3), 1)).toBeCloseTo(exhaustive(voices(3), 1), 9);
});
