import { expect, test } from "vitest";
import type { CalibrationTable, ScoreReply, ThresholdReply } from "../../web/src/api/types.ts";
import { densitiesFor, densitiesOf, density, probit } from "../../web/src/charts/densities.ts";

test("the normal deviate of a probability is that of a table of the normal distribution", () => {
  expect(probit(0.5)).toBe(0);
  expect(probit(0.975)).toBeCloseTo(1.959964, 6);
  expect(probit(0.001)).toBeCloseTo(-3.090232, 6);
  expect(() => probit(1)).toThrow(RangeError);
});

/** Rates of impostors N(0, 1) and genuine scores N(4, 2). */
const RATES = [
  { threshold: 2, far: 0.022750132, frr: 0.158655254 },
  { threshold: 3, far: 0.001349898, frr: 0.308537539 },
];

test("normal scores are recovered from the rates at two thresholds", () => {
  const densities = densitiesOf(RATES);
  expect(densities?.impostor.mean).toBeCloseTo(0, 5);
  expect(densities?.impostor.deviation).toBeCloseTo(1, 5);
  expect(densities?.genuine.mean).toBeCloseTo(4, 5);
  expect(densities?.genuine.deviation).toBeCloseTo(2, 5);
});

test("a density has an area of 1", () => {
  const steps = Array.from({ length: 2001 }, (_, i) => -10 + i / 100);
  const area = steps.reduce((sum, x) => sum + density({ mean: 1, deviation: 1.5 }, x) / 100, 0);
  expect(area).toBeCloseTo(1, 6);
});

test("no density follows from one rate, from rates of 0 or 1, or from rates that don't fall", () => {
  const [first, second] = RATES as [(typeof RATES)[0], (typeof RATES)[0]];
  expect(densitiesOf([first])).toBeUndefined();
  expect(densitiesOf([first, { ...second, frr: 1 }])).toBeUndefined();
  expect(densitiesOf([first, { ...second, far: 0.1 }])).toBeUndefined();
});

const score = { value: 0.7, llr: 2, conditions: { crossBand: null } } as ScoreReply;
const threshold = {
  method: "cosine",
  bucket: "any",
  bandwidth: "wide",
  far: RATES[1]?.far,
  value: 0.6,
} as ThresholdReply;
const table = {
  method: "cosine",
  bucket: "any",
  bandwidth: "wide",
  llr: { slope: 20, offset: 0 },
  thresholdsOn: "llr",
  points: RATES,
} as unknown as CalibrationTable;

test("thresholds on likelihood ratios give densities in units of the decision's score", () => {
  // The threshold of 3 on ratios is 0.6 on scores, and a ratio of 1 is 1/20 of a score.
  const densities = densitiesFor([table], score, threshold);
  expect(densities?.genuine.mean).toBeCloseTo(0.65, 6);
  expect(densities?.genuine.deviation).toBeCloseTo(0.1, 6);
  expect(densities?.impostor.mean).toBeCloseTo(0.45, 6);
});

test("a rate between the table's is placed by the score's likelihood ratio, unless that was limited", () => {
  const between = { ...threshold, far: 0.01 };
  // The score of 0.7 has a ratio of 2, so a ratio of 4 is at 0.8.
  expect(densitiesFor([table], score, between)?.genuine.mean).toBeCloseTo(0.8, 6);
  const bounds = { least: -5, most: 2 };
  const limited = { ...table, llr: { ...table.llr, bounds } };
  expect(densitiesFor([limited], score, between)).toBeUndefined();
});

test("a table of another kind of trial is not used", () => {
  expect(densitiesFor([{ ...table, bandwidth: "telephone" }], score, threshold)).toBeUndefined();
  expect(densitiesFor([{ ...table, crossBand: true }], score, threshold)).toBeUndefined();
});
