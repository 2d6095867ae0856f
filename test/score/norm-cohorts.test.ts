import { expect, test } from "vitest";
import type { SpeakerUid } from "../../lib/id.ts";
import { normalizes, scoreBy, tNorm, voiceStats } from "../../lib/score/scoring/norm.ts";
import { type Cohort, METHODS, type VoiceStats } from "../../lib/score/scoring/types.ts";
import { cosine, normalize, type UnitVector } from "../../lib/score/scoring/vector.ts";
import golden from "../golden/score/norm-cohorts.json" with { type: "json" };
import { cohortOf } from "./arbitraries.ts";

type Case = (typeof golden.cases)[number];

/**
 * Uses numpy's vectors bit by bit. Normalizing them again would change a component, and a std of
 * 0.001 would multiply that change by a thousand.
 */
const asGiven = (values: readonly number[]) => Float32Array.from(values) as UnitVector;
const [enrolled, probe] = [asGiven(golden.enrolled), asGiven(golden.probe)];
const self = golden.self as SpeakerUid;
const cohortIn = ({ rows, owners, topN }: Case): Cohort => {
  const base = rows.length > 0 ? cohortOf(rows.map(asGiven), topN) : { ...EMPTY, topN };
  return { ...base, owners: owners.map((owner) => (owner ?? undefined) as SpeakerUid | undefined) };
};
const EMPTY: Cohort = { ...cohortOf([enrolled], 1), size: 0, rows: new Float32Array(0) };
const flat = (s: VoiceStats) => [s.all.mean, s.all.std, s.top.mean, s.top.std];

test.each(golden.cases)("all methods match numpy to 1e-6 with this cohort: $name", (one) => {
  const cohort = cohortIn(one);
  const stats = [enrolled, probe].map((voice) => voiceStats(voice, cohort, self));
  const { scores } = one;
  if (!one.stats || !scores) {
    expect([...stats, normalizes(cohort)]).toEqual([undefined, undefined, false]);
    return;
  }
  expect(normalizes(cohort)).toBe(true);
  const [e, p] = stats as [VoiceStats, VoiceStats];
  for (const [side, expected] of [e, p].map((s, i) => [flat(s), one.stats[i]]))
    for (const [i, x] of side.entries()) expect(Math.abs(x - expected[i])).toBeLessThan(1e-6);
  const raw = cosine(enrolled, probe);
  for (const method of METHODS)
    expect(Math.abs(scoreBy(method, raw, e, p) - scores[method])).toBeLessThan(1e-6);
  expect(Math.abs(tNorm(raw, p) - scores["t-norm"])).toBeLessThan(1e-6);
});

test("T-Norm only uses the probe's side", () => {
  const side = (mean: number, std: number) => ({ all: { mean, std }, top: { mean: 9, std: 9 } });
  expect(tNorm(0.5, side(0.3, 0.1))).toBeCloseTo(2, 12);
});

test("leaves a speaker's own row out of that speaker's trials, on both sides, and of no other trials", () => {
  const rows = [
    enrolled,
    ...[1, 2, 3, 4].map((i) => normalize(enrolled.map((x, d) => (d % 5 === i ? -x : x)))),
  ];
  const owners = [self, ...Array<undefined>(4).fill(undefined)];
  const [withOwn, without] = [{ ...cohortOf(rows, 3), owners }, cohortOf(rows.slice(1), 3)];
  expect(voiceStats(enrolled, withOwn, self)).toEqual(voiceStats(enrolled, without));
  expect(voiceStats(probe, withOwn, self)).toEqual(voiceStats(probe, without));
  expect(voiceStats(probe, withOwn, "spk_other")).toEqual(voiceStats(probe, cohortOf(rows, 3)));
  expect(voiceStats(probe, withOwn)).toEqual(voiceStats(probe, cohortOf(rows, 3)));
});

test("a cohort of the registry's speakers normalizes either all of them or none", () => {
  const rows = [0, 1, 2].map((i) => normalize([i === 0 ? 1 : 0, i === 1 ? 1 : 0, i === 2 ? 1 : 0]));
  const owners = [self, undefined, undefined];
  expect(normalizes({ ...cohortOf(rows, 3), owners })).toBe(false);
  expect(voiceStats(normalize([1, 1, 1]), { ...cohortOf(rows, 3), owners }, "spk_other")).toBeUndefined();
  expect(normalizes({ ...cohortOf(rows, 2), owners })).toBe(true);
});
