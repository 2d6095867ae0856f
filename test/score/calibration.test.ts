import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fitLlr } from "../../lib/score/fit/fit-llr.ts";
import {
  bucketOf,
  llrBounds,
  llrOf,
  openSetPoint,
  pointFor,
  tableFor,
  unboundedLlr,
} from "../../lib/score/scoring/calibration.ts";
import { operatingPoints } from "../../lib/score/scoring/operating-points.ts";
import type { Calibration, CalibrationTable, OperatingPoint } from "../../lib/score/scoring/types.ts";
import golden from "../golden/score/logistic.json" with { type: "json" };
import { holds } from "./arbitraries.ts";

const point = (far: number, threshold: number, frr: number): OperatingPoint => ({
  far,
  threshold,
  frr,
  genuineTrials: 500,
  impostorTrials: 30_000,
});
const table = (points: OperatingPoint[], over: Partial<CalibrationTable> = {}): CalibrationTable => ({
  method: "as-norm",
  bucket: "any",
  bandwidth: "any",
  llr: { slope: 2, offset: -3 },
  points,
  ...over,
});
const POINTS = [point(0.001, 5, 0.2), point(0.01, 4, 0.1), point(0.05, 3, 0.02)];

test("a bucket includes its lower end and excludes its upper end", () => {
  expect([0.5, 1, 1.999, 2, 3.999, 4, 7.999, 8, 60].map(bucketOf)).toEqual([
    "1-2s",
    "1-2s",
    "1-2s",
    "2-4s",
    "2-4s",
    "4-8s",
    "4-8s",
    "8s+",
    "8s+",
  ]);
});

test("uses the table of a trial's length and band, else of its length, else of its band, else the pooled one", () => {
  const short = table([], { bucket: "1-2s" });
  const narrow = table([], { bandwidth: "telephone" });
  const shortNarrow = table([], { bucket: "1-2s", bandwidth: "telephone" });
  const pooled = table([]);
  const calibration: Calibration = {
    id: "cal_test",
    modelId: "mdl_test",
    cohortId: "coh_test",
    defaultFar: 0.01,
    source: "by hand",
    tables: [pooled, short, narrow, shortNarrow],
  };
  const at = (seconds: number, bandwidth: "wide" | "telephone", tables = calibration.tables) =>
    tableFor({ ...calibration, tables }, "as-norm", { seconds, bandwidth });
  expect(at(1.5, "telephone")).toBe(shortNarrow);
  expect(at(1.5, "wide")).toBe(short);
  expect(at(5, "telephone")).toBe(narrow);
  expect(at(5, "wide")).toBe(pooled);
  expect(at(1.5, "telephone", [pooled, narrow, short])).toBe(short);
  expect(tableFor(calibration, "cosine", { seconds: 5, bandwidth: "wide" })).toBeUndefined();
});

test("uses the next stricter point for a FAR that wasn't measured, never a laxer one", () => {
  expect(pointFor(table(POINTS), 0.01)).toBe(POINTS[1]);
  expect(pointFor(table(POINTS), 0.04)).toBe(POINTS[1]);
  expect(pointFor(table(POINTS), 1)).toBe(POINTS[2]);
  expect(pointFor(table(POINTS), 0.0009)).toBeUndefined();
  expect(pointFor(table(POINTS), 0.06 - 0.05)).toBe(POINTS[1]);
});

test("divides a search's FAR among the comparisons and uses measured points if they cover it", () => {
  expect(openSetPoint(table(POINTS), 0.01, 1)).toEqual({ ...POINTS[1], extrapolated: false });
  expect(openSetPoint(table(POINTS), 0.05, 5)).toEqual({ ...POINTS[1], far: 0.05, extrapolated: false });
  expect(openSetPoint(table(POINTS), 0.05, 6)).toEqual({ ...POINTS[0], far: 0.05, extrapolated: false });
});

test("extrapolates below all measured points by the same threshold step for each factor in FAR", () => {
  // 0.01 -> 0.001 costs one unit of threshold and 0.1 of FRR; 0.0001 costs as much again.
  const found = openSetPoint(table(POINTS), 0.01, 100)!;
  expect(found.threshold).toBeCloseTo(6, 12);
  expect(found.frr).toBeCloseTo(0.3, 12);
  expect([found.far, found.extrapolated, found.impostorTrials]).toEqual([0.01, true, 30_000]);
  expect(openSetPoint(table(POINTS), 0.01, 1e15)!.frr).toBe(1);
});

test("gives no threshold without two different points to extrapolate from", () => {
  expect(openSetPoint(table([]), 0.01, 5)).toBeUndefined();
  expect(openSetPoint(table(POINTS.slice(0, 1)), 0.01, 100)).toBeUndefined();
  expect(openSetPoint(table([point(0.001, 5, 0.2), point(0.01, 5, 0.2)]), 0.01, 100)).toBeUndefined();
  expect(openSetPoint(table(POINTS), 0, 1)).toBeUndefined();
});

test("property: the threshold increases with the number of voices searched", () => {
  const count = fc.integer({ min: 1, max: 1_000_000 });
  holds(
    fc.property(count, count, (a, b) => {
      const [few, many] = [Math.min(a, b), Math.max(a, b)];
      const at = (searched: number) => openSetPoint(table(POINTS), 0.05, searched)!.threshold;
      expect(at(many)).toBeGreaterThanOrEqual(at(few));
    }),
  );
});

test("a likelihood ratio is the value of the line", () => {
  expect(llrOf(table(POINTS), 1.5)).toBe(0);
  expect(llrOf(table(POINTS), 2)).toBe(1);
});

test("scores of two normal classes get their true likelihood ratio", () => {
  // N(2, 1) against N(0, 1): the log-likelihood ratio is 2s - 2. The scores are the classes'
  // quantiles.
  const quantiles = Array.from({ length: 4000 }, (_, i) => probit((i + 0.5) / 4000));
  const { slope, offset } = fitLlr(
    quantiles.map((q) => q + 2),
    quantiles,
  );
  expect(slope).toBeCloseTo(2, 2);
  expect(offset).toBeCloseTo(-2, 2);
});

test("the number of trials doesn't change the line: each class weighs one half", () => {
  const [genuine, impostor] = [
    [1, 2, 2.5, 4],
    [0, 0.5, 1.5, 2.2],
  ];
  const once = fitLlr(genuine, impostor);
  const often = fitLlr(genuine, [...impostor, ...impostor, ...impostor, ...impostor]);
  expect(often.slope).toBeCloseTo(once.slope, 4);
  expect(often.offset).toBeCloseTo(once.offset, 4);
});

test("gives classes without overlap a steep finite line, and rejects reversed or missing classes", () => {
  const steep = fitLlr([5, 6], [1, 2]);
  expect(steep.slope).toBeGreaterThan(2);
  expect(Number.isFinite(steep.slope)).toBe(true);
  expect(() => fitLlr([1, 2], [5, 6])).toThrow(RangeError);
  expect(() => fitLlr([1, 2], [1, 2])).toThrow(RangeError);
  expect(() => fitLlr([3, 3], [3])).toThrow(RangeError);
  expect(() => fitLlr([], [3, 4])).toThrow(RangeError);
  expect(() => fitLlr([1, Number.NaN], [0])).toThrow(RangeError);
});

test("clamps likelihood ratios to the range of the trials; the unbounded line still orders scores", () => {
  const bounds = llrBounds(9, 99);
  expect(bounds).toEqual({ least: -Math.log(10), most: Math.log(100) });
  const held = { llr: { slope: 2, offset: -3, bounds } };
  expect(llrOf(held, 2)).toBe(1);
  expect(llrOf(held, 50)).toBe(Math.log(100));
  expect(llrOf(held, -50)).toBe(-Math.log(10));
  expect(unboundedLlr(held, 51) - unboundedLlr(held, 50)).toBe(2);
});

test("the line matches scipy's minimum to 1e-6 of its slope and offset", () => {
  for (const { genuine, impostor, slope, offset } of golden) {
    const fitted = fitLlr(genuine, impostor);
    expect(Math.abs(fitted.slope / slope - 1)).toBeLessThan(1e-6);
    expect(Math.abs(fitted.offset / offset - 1)).toBeLessThan(1e-6);
  }
});

test("an operating point needs three impostor trials above it, and states the rates measured there", () => {
  const impostor = Array.from({ length: 300 }, (_, i) => i / 100);
  const genuine = [2.9, 2.96, 3, 4];
  const points = operatingPoints(genuine, impostor, [0.05, 0.001, 0.01, 0.009]);
  // 1 % of 300 are the 3 at 2.97 and above, so the threshold is 2.97. 0.1 % and 0.9 % have too few.
  expect(points).toEqual([
    { far: 0.01, threshold: 2.97, frr: 0.5, genuineTrials: 4, impostorTrials: 300 },
    { far: 0.05, threshold: 2.85, frr: 0, genuineTrials: 4, impostorTrials: 300 },
  ]);
});

test("omits a target that only impostors' top scores would reach", () => {
  const impostor = Array.from({ length: 300 }, () => 1);
  expect(operatingPoints([0.5, 0.9], impostor, [0.01])).toEqual([]);
});

/**
 * Returns the standard normal quantile by bisection of its integral (erf by series), good to 1e-9
 * here.
 */
function probit(p: number): number {
  let [low, high] = [-8, 8];
  while (high - low > 1e-10) {
    const middle = (low + high) / 2;
    if (normalBelow(middle) < p) low = middle;
    if (normalBelow(middle) >= p) high = middle;
  }
  return (low + high) / 2;
}

function normalBelow(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-14 * Math.abs(sum) && n < 300; n++) {
    term *= (x * x) / (2 * n + 1);
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}
