import * as fc from "fast-check";
import { expect, test } from "vitest";
import { asNorm, scoreBy, sNorm, voiceStats, zNorm } from "../../lib/score/scoring/norm.ts";
import { type Cohort, METHODS, type VoiceStats } from "../../lib/score/scoring/types.ts";
import { cosine, normalize } from "../../lib/score/scoring/vector.ts";
import golden from "../golden/score/norm.json" with { type: "json" };
import { cohortOf, holds, unitVectors } from "./arbitraries.ts";

const stats = (all: [number, number], top: [number, number]): VoiceStats => ({
  all: { mean: all[0], std: all[1] },
  top: { mean: top[0], std: top[1] },
});

test("`top` covers only the topN nearest impostors, `all` covers all of them", () => {
  // Cosines against [1, 0] are 0.8, -1, 0.6, 0. The top two have mean 0.7, std 0.1. All have mean
  // 0.1, std sqrt((0.64 + 1 + 0.36 + 0) / 4 - 0.01) = 0.7.
  const rows = [
    [0.8, 0.6],
    [-1, 0],
    [0.6, 0.8],
    [0, 1],
  ].map(normalize);
  const { all, top } = voiceStats(normalize([1, 0]), cohortOf(rows, 2))!;
  expect(top.mean).toBeCloseTo(0.7, 6);
  expect(top.std).toBeCloseTo(0.1, 6);
  expect(all.mean).toBeCloseTo(0.1, 6);
  expect(all.std).toBeCloseTo(0.7, 6);
});

test("returns no statistics for a cohort with fewer voices than topN, or than two", () => {
  const rows = [normalize([1, 0]), normalize([0, 1])];
  const voice = normalize([1, 1]);
  expect(voiceStats(voice, cohortOf(rows, 3))).toBeUndefined();
  expect(voiceStats(voice, cohortOf(rows.slice(1), 1))).toBeUndefined();
  expect(voiceStats(voice, cohortOf(rows, 2))).toBeDefined();
});

test("a cohort without spread counts as a spread of 0.001, not of 0", () => {
  const same = normalize([0.6, 0.8]);
  const { all, top } = voiceStats(normalize([1, 0]), cohortOf([same, same, same], 2))!;
  expect([all.std, top.std]).toEqual([1e-3, 1e-3]);
  expect(Number.isFinite(asNorm(1, { all, top }, { all, top }))).toBe(true);
});

test("rejects a voice with another dimension than the cohort's", () => {
  const cohort = cohortOf([normalize([1, 0]), normalize([0, 1])], 2);
  expect(() => voiceStats(normalize([1, 0, 0]), cohort)).toThrow(RangeError);
});

test("two deviations above both sides give a score of 2, from either side", () => {
  const a = stats([0, 1], [0.7, 0.1]);
  const b = stats([0, 1], [0.5, 0.2]);
  expect(asNorm(0.9, a, b)).toBeCloseTo(2, 12);
  expect(asNorm(0.9, b, a)).toBe(asNorm(0.9, a, b));
});

test("Z-Norm uses the enrolled side, S-Norm both, each over the whole cohort", () => {
  const enrolled = stats([0.1, 0.2], [9, 9]);
  const probe = stats([0.3, 0.1], [9, 9]);
  expect(zNorm(0.5, enrolled)).toBeCloseTo(2, 12);
  expect(sNorm(0.5, enrolled, probe)).toBeCloseTo(2, 12);
  expect(sNorm(0.7, enrolled, probe)).toBeCloseTo(3.5, 12);
});

test("all four methods match numpy to 1e-6", () => {
  const cohort: Cohort = { ...cohortOf(golden.cohort.map(normalize), golden.topN) };
  for (const one of golden.cases) {
    const [enrolled, probe] = [normalize(one.enrolled), normalize(one.probe)];
    const [e, p] = [voiceStats(enrolled, cohort)!, voiceStats(probe, cohort)!];
    const flat = (s: VoiceStats) => [s.all.mean, s.all.std, s.top.mean, s.top.std];
    for (const [i, x] of flat(e).entries()) expect(Math.abs(x - one.enrolledStats[i])).toBeLessThan(1e-6);
    for (const [i, x] of flat(p).entries()) expect(Math.abs(x - one.probeStats[i])).toBeLessThan(1e-6);
    for (const method of METHODS)
      expect(Math.abs(scoreBy(method, cosine(enrolled, probe), e, p) - one[method])).toBeLessThan(1e-6);
  }
});

test("property: the cohort's order only matters in rounding, and S- and AS-Norm are symmetric", () => {
  holds(
    fc.property(unitVectors(5, 6, 12), fc.integer({ min: 2, max: 4 }), (rows, topN) => {
      const [a, b, ...others] = rows;
      const [one, other] = [cohortOf(others, topN), cohortOf(others.toReversed(), topN)];
      const [sa, sb, turned] = [voiceStats(a, one)!, voiceStats(b, one)!, voiceStats(a, other)!];
      expect(turned.top.mean).toBe(sa.top.mean);
      expect(turned.all.mean).toBeCloseTo(sa.all.mean, 12);
      const raw = cosine(a, b);
      expect(asNorm(raw, sb, sa)).toBe(asNorm(raw, sa, sb));
      expect(sNorm(raw, sb, sa)).toBe(sNorm(raw, sa, sb));
    }),
  );
});

test("property: a higher cosine gives a higher score by every method", () => {
  const cosines = fc.tuple(
    fc.double({ min: -1, max: 1, noNaN: true }),
    fc.double({ min: 1e-6, max: 1, noNaN: true }),
  );
  holds(
    fc.property(unitVectors(5, 5, 12), cosines, (rows, [raw, more]) => {
      const cohort = cohortOf(rows, 3);
      const [e, p] = [voiceStats(rows[0], cohort)!, voiceStats(rows[1], cohort)!];
      for (const method of METHODS)
        expect(scoreBy(method, raw + more, e, p)).toBeGreaterThan(scoreBy(method, raw, e, p));
    }),
  );
});
