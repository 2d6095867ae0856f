import * as fc from "fast-check";
import { expect, test } from "vitest";
import { crossValidated, qualityOn } from "../../lib/score/fit/cross-validation.ts";
import { fitTables, type KnownTrial } from "../../lib/score/fit/fit.ts";
import { learnMargin, type Search } from "../../lib/score/fit/margin.ts";
import { suspectedDuplicates } from "../../lib/score/fit/suspected-duplicates.ts";
import { holds } from "./arbitraries.ts";

/**
 * 100 people with four clips each. The first few are mistaken for someone else by these amounts.
 */
const searches = (wrongBy: readonly number[]): Search[] =>
  Array.from({ length: 400 }, (_, i) => ({
    speaker: `${i % 100}`,
    own: 5,
    other: i < wrongBy.length ? 5 + wrongBy[i] : -5,
  }));

test("learns the smallest margin at which one clip in a hundred is misidentified", () => {
  // Four of 400 may be misidentified. Six are wrong by 6, 5, 4, 3, 2 and 1: a margin above 2 makes
  // it four.
  const margin = learnMargin(searches([1, 6, 3, 5, 4, 2]), 100)!;
  expect(margin.llr).toBe(2);
  expect(margin.misidentified).toMatchObject({ rate: 0.01, trials: 400, speakers: 100 });
  expect(margin.ambiguous).toBe(2 / 400);
  expect(margin.searched).toBe(100);
});

test("the margin is at least a factor of two, and too few searches give none", () => {
  expect(learnMargin(searches([]), 100)).toMatchObject({ llr: Math.LN2, misidentified: { rate: 0 } });
  expect(learnMargin(searches([]), 100)!.misidentified.high).toBeGreaterThan(0.009);
  expect(learnMargin(searches([]).slice(0, 49), 100)).toBeUndefined();
});

test("property: at the margin no more clips than the target are misidentified", () => {
  holds(
    fc.property(fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { maxLength: 400 }), (wrongBy) => {
      expect(learnMargin(searches(wrongBy), 100)!.misidentified.rate).toBeLessThanOrEqual(0.01);
    }),
  );
});

test("reports names that score like one person, each pair once, the most likely first", () => {
  const trial = (enrolled: string, probe: string, score: number) => {
    return { genuine: enrolled === probe, enrolled, probe, score };
  };
  const trials = [
    trial("a", "a", 9),
    trial("a", "b", 5),
    trial("b", "a", 6),
    trial("c", "a", 1),
    trial("c", "d", 7),
    trial("d", "c", 8),
    trial("b", "d", 9),
    trial("d", "b", -9),
  ];
  expect(suspectedDuplicates(trials, 4.6)).toEqual([
    ["c", "d"],
    ["a", "b"],
  ]);
});

/**
 * Twenty voices with two takes of five clips each. Impostors of odd-numbered voices score higher.
 */
const known: KnownTrial[] = Array.from({ length: 24 }, (_, a) =>
  Array.from({ length: 24 }, (_, b) =>
    [0, 1, 2, 3, 4].map((take) => ({
      genuine: a === b,
      enrolled: `v${a}`,
      probe: `v${b}`,
      conditions: { seconds: 5, bandwidth: "wide" } as const,
      scores: { cosine: (a === b ? 2 : 0) + (((a * 7 + b * 13 + take * 29) % 31) / 31) * 3 },
    })),
  ),
).flat(2);

const padded = (name: string) => `v${name.slice(1).padStart(2, "0")}`;

test("the cross-validated cost is that of tables fitted on the other half of the speakers", () => {
  const flattered = qualityOn({ tables: fitTables(known).tables }, "cosine", known)!;
  const fair = crossValidated("cosine", known)!;
  expect(fair.cllr).toBeGreaterThan(0);
  expect(fair.cllr).toBeLessThan(1);
  expect(fair.cllr).not.toBe(flattered.cllr);
  // The odd half scores ten higher throughout, so tables of one half are wrong for the other.
  const odd = (name: string) => Number(name.slice(1)) % 2 === 1;
  const named = known.map((one) => ({ ...one, enrolled: padded(one.enrolled), probe: padded(one.probe) }));
  const shifted = named.map((one) => ({
    ...one,
    scores: { cosine: (one.scores.cosine ?? 0) + (odd(one.enrolled) && odd(one.probe) ? 10 : 0) },
  }));
  expect(crossValidated("cosine", shifted)!.cllr).toBeGreaterThan(1);
  const few = known.filter(({ enrolled, probe }) => enrolled < "v13" && probe < "v13");
  expect(crossValidated("cosine", few)).toBeUndefined();
});

test("a calibration without a table for a method has no quality for it", () => {
  expect(qualityOn({ tables: fitTables(known).tables }, "as-norm", known)).toBeUndefined();
  expect(qualityOn({ tables: [] }, "cosine", known)).toBeUndefined();
});
