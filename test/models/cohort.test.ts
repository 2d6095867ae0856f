import { expect, test } from "vitest";
import { normalize } from "../../lib/score/scoring/vector.ts";
import { centered, cohortClips, meanOf, rowsOf } from "../../models/build/cohort.ts";

const clips = ["red", "blue"].flatMap((corpus) =>
  Array.from({ length: 12 }, (_, i) => `${corpus}-${i}`).flatMap((speaker) =>
    [0, 1, 2, 3, 4].map((n) => ({ path: `${speaker}/${n}`, speaker, corpus })),
  ),
);
const speakers = (perCorpus: number | undefined) => [
  ...new Set(cohortClips(clips, perCorpus).map(({ speaker }) => speaker)),
];

test("limits a cohort's speakers per corpus, and clips per speaker to four", () => {
  expect(speakers(3).filter((name) => name.startsWith("red"))).toHaveLength(3);
  expect(speakers(3)).toHaveLength(6);
  expect(speakers(undefined)).toHaveLength(24);
  expect(cohortClips(clips, 3)).toHaveLength(6 * 4);
});

test("the choice doesn't depend on the order of the list, and a larger cohort contains the smaller one", () => {
  expect(cohortClips([...clips].reverse(), 5).map(({ speaker }) => speaker)).toEqual(
    cohortClips(clips, 5).map(({ speaker }) => speaker),
  );
  expect(speakers(7)).toEqual(expect.arrayContaining(speakers(4)));
});

test("computes the mean of the rows, and subtracting it gives unit vectors", () => {
  const voices = [normalize([1, 0]), normalize([0.6, 0.8])].map((voice) => ({
    speaker: "a",
    corpus: "b",
    voice,
  }));
  const mean = meanOf(voices);
  expect(mean[0]).toBeCloseTo(0.8, 6);
  expect(mean[1]).toBeCloseTo(0.4, 6);
  // [1, 0] - [0.8, 0.4] = [0.2, -0.4], of length 0.2 * sqrt(5).
  const moved = centered(voices[0].voice, mean);
  expect(moved[0]).toBeCloseTo(1 / Math.sqrt(5), 5);
  expect(moved[1]).toBeCloseTo(-2 / Math.sqrt(5), 5);
  expect([...rowsOf(voices)]).toEqual(voices.flatMap(({ voice }) => [...voice]));
});
