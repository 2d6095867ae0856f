import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { SpeakerUid } from "../../lib/id.ts";
import {
  matchesCohort,
  scoresBy,
  speakerStats,
  topWithout,
  voiceStats,
} from "../../lib/score/scoring/norm.ts";
import type { Cohort, VoiceStats } from "../../lib/score/scoring/types.ts";
import { normalize } from "../../lib/score/scoring/vector.ts";
import { cohortOf, holds, unitVector, unitVectors } from "./arbitraries.ts";

const uid = (row: number) => `spk_${row}` as SpeakerUid;
/** The cohort without a row, of nobody's voices. */
const without = ({ owners: _, ...cohort }: Cohort, row: number): Cohort => {
  const rows = [...cohort.rows].filter((_, i) => Math.floor(i / cohort.dimension) !== row);
  return { ...cohort, size: cohort.size - 1, rows: Float32Array.from(rows) };
};

test("property: without its own row, each speaker has the statistics of a cohort that lacks the row", () => {
  const given = fc.record({
    voice: unitVector(6),
    rows: unitVectors(6, 6, 12),
    topN: fc.integer({ min: 2, max: 5 }),
    owned: fc.integer({ min: 1, max: 4 }),
  });
  holds(
    fc.property(given, ({ voice, rows, topN, owned }) => {
      const owners = rows.map((_, row) => (row < owned ? uid(row) : undefined));
      const cohort = { ...cohortOf(rows, topN), owners };
      const found = topWithout(voice, cohort);
      const all = voiceStats(voice, cohort)!.top;
      for (let row = 0; row < owned; row++) {
        const { mean, std } = voiceStats(voice, without(cohort, row))!.top;
        const top = found.get(uid(row)) ?? all;
        expect(top.mean).toBeCloseTo(mean, 9);
        expect(top.std).toBeCloseTo(std, 9);
      }
    }),
  );
});

// Cosines against [1, 0]: 0.96, 0.8, 0.6, 0, -0.6.
const voice = normalize([1, 0]);
const ROWS = [
  [0.96, 0.28],
  [0.8, 0.6],
  [0.6, 0.8],
  [0, 1],
  [-0.6, 0.8],
].map(normalize);
const owned = (topN: number, ...owners: (SpeakerUid | undefined)[]): Cohort => ({
  ...cohortOf(ROWS, topN),
  owners,
});

test("only speakers whose row is among the probe's nearest have other statistics", () => {
  const cohort = owned(2, uid(0), uid(1), uid(2), undefined, uid(4));
  const found = topWithout(voice, cohort);
  expect([...found.keys()]).toEqual([uid(0), uid(1)]);
  expect(found.get(uid(0))!.mean).toBeCloseTo(0.7, 6);
  expect(found.get(uid(1))!.mean).toBeCloseTo(0.78, 6);
  expect(found.get(uid(1))!.std).toBeCloseTo(0.18, 6);
});

test("one more speaker is left out of every speaker's statistics, and has none of its own", () => {
  const cohort = owned(2, uid(0), uid(1), uid(2), undefined, undefined);
  const found = topWithout(voice, cohort, uid(0));
  expect([...found.keys()]).toEqual([uid(1), uid(2)]);
  expect(found.get(uid(1))!.mean).toBeCloseTo(0.3, 6);
  expect(found.get(uid(2))!.mean).toBeCloseTo(0.4, 6);
});

test("a cohort of nobody's rows, or with too few, gives no other statistics", () => {
  expect(topWithout(voice, cohortOf(ROWS, 2))).toEqual(new Map());
  expect(topWithout(voice, owned(2, ...ROWS.map(() => undefined)))).toEqual(new Map());
  expect(topWithout(voice, owned(5, uid(0), undefined, undefined, undefined, undefined))).toEqual(new Map());
  // Four others are left, and a speaker's row among the four nearest would need a fifth.
  const four = owned(4, uid(0), uid(1), undefined, undefined, undefined);
  expect([...topWithout(voice, four).keys()]).toEqual([uid(0), uid(1)]);
  expect(topWithout(voice, four, uid(0))).toEqual(new Map());
});

test("statistics belong to a cohort and to the rows that were erased from it", () => {
  const cohort = cohortOf(ROWS, 2);
  const stats = speakerStats(voice, cohort, uid(0))!;
  expect(stats).toEqual({ cohortId: cohort.id, voice: voiceStats(voice, cohort) });
  expect(matchesCohort(stats, cohort)).toBe(true);
  expect(matchesCohort(stats, { ...cohort, erased: 0 })).toBe(true);
  expect(matchesCohort(stats, { ...cohort, erased: 1 })).toBe(false);
  expect(matchesCohort(stats, { ...cohort, id: "coh_other" })).toBe(false);
  expect(matchesCohort(undefined, cohort)).toBe(false);
  const later = speakerStats(voice, { ...cohort, erased: 2 }, uid(0))!;
  expect(later.erased).toBe(2);
  expect(matchesCohort(later, { ...cohort, erased: 2 })).toBe(true);
  expect(matchesCohort({ ...stats, erased: 2 }, cohort)).toBe(false);
});

test("a speaker's statistics leave out its own row, and need a cohort that normalizes", () => {
  const cohort = owned(2, uid(0), undefined, undefined, undefined, undefined);
  expect(speakerStats(voice, cohort, uid(0))?.voice).toEqual(voiceStats(voice, without(cohort, 0)));
  expect(speakerStats(voice, cohortOf(ROWS, 6), uid(0))).toBeUndefined();
});

test("a trial has scores by all methods only if both sides have statistics", () => {
  const side = (all: number, top: number): VoiceStats => ({
    all: { mean: all, std: 0.1 },
    top: { mean: top, std: 0.2 },
  });
  const [enrolled, probe] = [side(0.1, 0.3), side(0.2, 0.5)];
  const scores = scoresBy(0.7, enrolled, probe);
  expect(Object.keys(scores).sort()).toEqual(["as-norm", "cosine", "s-norm", "z-norm"]);
  expect(scores.cosine).toBe(0.7);
  expect(scores["z-norm"]).toBeCloseTo(6, 12);
  expect(scores["s-norm"]).toBeCloseTo(5.5, 12);
  expect(scores["as-norm"]).toBeCloseTo(1.5, 12);
  expect([scoresBy(0.7, undefined, probe), scoresBy(0.7, enrolled, undefined)]).toEqual([
    { cosine: 0.7 },
    { cosine: 0.7 },
  ]);
});
