import { expect, test } from "vitest";
import {
  type SpeakersCheck,
  type SpeakersPoint,
  showsMultipleSpeakers,
  speakersLimit,
} from "../../lib/score/scoring/multiple-speakers.ts";
import { twoVoicesEvidence } from "../../lib/score/scoring/speaker-split.ts";
import { type TwoCovariance, twoVoicesLlr } from "../../lib/score/scoring/two-covariance.ts";
import type { UnitVector } from "../../lib/score/scoring/vector.ts";

/** Directions are the coordinates themselves. The windows here needn't have unit length. */
const space: TwoCovariance = {
  mean: [0, 0],
  directions: [
    [1, 0],
    [0, 1],
  ],
  between: [9, 9],
};
const at = (...xs: number[]) => xs.map((x, i) => Float64Array.of(x, (i % 3) / 2) as unknown as UnitVector);
const evidence = (...xs: number[]) => twoVoicesEvidence(space, at(...xs), 1) ?? Number.NaN;

test("finds a change of speaker wherever it is, and speakers who take turns", () => {
  const one = evidence(3, 3, 3, 3, 3, 3);
  for (const two of [
    [3, 3, -3, -3, -3, -3],
    [3, 3, 3, 3, -3, -3],
    [3, -3, 3, -3, 3, -3],
    [3, -3, -3, 3, 3, 3],
  ])
    expect(evidence(...two)).toBeGreaterThan(one + 8);
});

test("one window that differs is no second voice", () => {
  expect(evidence(3, 3, 3, -3, 3, 3)).toBeLessThan(evidence(3, 3, -3, -3, 3, 3) - 5);
});

test("is the ratio of the division, with the variance scaled to the windows", () => {
  // Four windows that vary as the model says, in both directions: squares of 1 each, about means of
  // 3 and -3. The prior counts as two windows, and the groups' means take two degrees of freedom.
  const variance = (2 + 4 / 2) / (2 + 2);
  expect(variance).toBe(1);
  const corners = [
    [4, 0],
    [2, 0],
    [-4, 0],
    [-2, 0],
  ].map((point) => Float64Array.from(point) as unknown as UnitVector);
  const group = (x: number) => ({ mean: Float64Array.of(x, 0), count: 2 });
  expect(twoVoicesEvidence(space, corners, 1)).toBeCloseTo(twoVoicesLlr(space, group(3), group(-3)), 12);
});

test("windows that vary more within a voice are less evidence of a second one", () => {
  const spread = (by: number) => evidence(3 - by, 3 + by, 3, -3, -3 - by, -3 + by);
  expect(spread(0)).toBeGreaterThan(spread(1) + 1);
  expect(spread(1)).toBeGreaterThan(spread(2) + 1);
});

test("a longer clip of the same voices gives no more evidence", () => {
  const [one, two] = [
    [3, 3, 3],
    [-3, -3, -3],
  ];
  const long = evidence(...one, ...one, ...two, ...two);
  expect(long).toBeCloseTo(evidence(...one, ...two), 12);
});

test("three windows are too few", () => {
  expect(twoVoicesEvidence(space, at(3, 3, -3), 1)).toBeUndefined();
});

const interval = { low: 0, high: 0.02 };
const rate = {
  ...interval,
  rate: 0.01,
  trials: 300,
  speakers: 30,
  effectiveTrials: 90,
  clopperPearson: interval,
};
const point = (seconds: number, limit: number): SpeakersPoint => ({
  ...{ bandwidth: "wide", seconds, limit },
  measured: { falseAlarms: rate, misses: rate },
});
const check: SpeakersCheck = {
  ...{ falseAlarms: 0.01, source: "", spaces: { wide: space, telephone: space } },
  points: [point(8, 1), point(4, 5)],
};

test("limits lie on a line over the logarithm of the seconds, and are level beyond the points", () => {
  const limit = (seconds: number) => speakersLimit(check, { bandwidth: "wide", seconds });
  expect([1, 4, 8, 100].map(limit)).toEqual([5, 5, 1, 1]);
  expect(limit(Math.sqrt(32))).toBeCloseTo(3, 12);
});

test("reports evidence above the limit only, and nothing for a bandwidth without limits", () => {
  const windows = at(3, 3, 3, -3, -3, -3);
  const found = twoVoicesEvidence(space, windows, 1) ?? Number.NaN;
  const reports = (limit: number, bandwidth: "telephone" | "wide" = "wide") =>
    showsMultipleSpeakers(
      { ...check, points: [point(5, limit)] },
      { windows, weight: 1, bandwidth, seconds: 5 },
    );
  expect([reports(found - 0.1), reports(found), reports(found - 0.1, "telephone")]).toEqual([
    true,
    false,
    false,
  ]);
});
