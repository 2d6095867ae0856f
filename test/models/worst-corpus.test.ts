import { expect, test } from "vitest";
import { unboundedLlr } from "../../lib/score/scoring/calibration.ts";
import type { Cohort } from "../../lib/score/scoring/types.ts";
import { normalize } from "../../lib/score/scoring/vector.ts";
import type { Piece } from "../../models/build/condition-pieces.ts";
import { type CellTrial, conditionTrials } from "../../models/build/condition-trials.ts";
import { fitWorstFirst } from "../../models/build/worst-corpus.ts";

const piece = (speaker: string, use: Piece["use"], index: number, condition: Piece["condition"]): Piece => ({
  ...{ speaker, corpus: speaker.slice(0, 1), use, index, condition },
  quality: {
    speechSeconds: 3,
    snrDb: 30,
    bandwidth: condition === "telephone" ? "telephone" : "wide",
  },
  embedding: normalize([1, index / 10, speaker.length / 10]),
});
const COHORT: Cohort = {
  ...{ id: "coh_test", modelId: "mdl_test", size: 4, dimension: 3, topN: 2 },
  rows: Float32Array.from([1, 0, 0, 0, 1, 0, 0, 0, 1, 0.6, 0.8, 0]),
};

test("trials compare voiceprints of one, three and seven clips with probes of the same corpus", () => {
  const speakers = ["a1", "a2", "b1"];
  const pieces = speakers.flatMap((speaker) => [
    ...Array.from({ length: 7 }, (_, i) => piece(speaker, "enroll", i, "as recorded")),
    piece(speaker, "verify", 0, "as recorded"),
    piece(speaker, "verify", 0, "room"),
    piece(speaker, "verify", 0, "telephone"),
  ]);
  const trials = conditionTrials(pieces, COHORT);
  const counts = (of: (trial: CellTrial) => unknown) => [...new Set(trials.map(of))].sort();
  expect(counts(({ conditions }) => conditions.enrolledClips)).toEqual([1, 3, 7]);
  expect(trials.every(({ enrolled, probe }) => enrolled[0] === probe[0])).toBe(true);
  // Four voiceprints of each speaker, against three probes of each speaker of the corpus.
  expect(trials.filter(({ enrolled }) => enrolled === "a1")).toHaveLength(4 * 2 * 3);
  expect(trials.filter(({ degraded }) => degraded).every(({ cell }) => cell.endsWith("room"))).toBe(true);
  expect(trials.filter(({ conditions }) => conditions.crossBand)).toHaveLength(trials.length / 3);
});

/** Ten speakers; impostors score around `impostor`, genuine trials 0.5 higher. */
function corpus(name: string, impostor: number): CellTrial[] {
  return Array.from({ length: 10 }, (_, a) =>
    Array.from({ length: 10 }, (_, b) =>
      Array.from({ length: 40 }, (_, n): CellTrial => {
        const genuine = a === b;
        const noise = (((a * 31 + b * 17 + n * 7) % 97) / 97 - 0.5) * 0.4;
        const score = impostor + (genuine ? 0.5 : 0) + noise;
        return {
          ...{ genuine, enrolled: `${name}${a}`, probe: `${name}${b}`, corpus: name, cell: name },
          degraded: false,
          conditions: { seconds: 1.2 + (n % 3) * 2, longerSeconds: 8, bandwidth: "wide", enrolledClips: 1 },
          scores: { cosine: score },
        };
      }),
    ).flat(),
  ).flat();
}

test("a threshold keeps a third of its rate in the corpus that needs the highest, and names it", () => {
  const trials = [...corpus("easy", 0.1), ...corpus("hard", 0.3)];
  const { tables } = fitWorstFirst(trials, [], ["cosine"]);
  const [any, ...buckets] = tables;
  expect([any.bucket, ...buckets.map(({ bucket }) => bucket)]).toEqual(["any", "1-2s", "2-4s", "4-8s"]);
  for (const { far, threshold, setBy } of any.points) {
    expect(setBy).toBe("hard");
    const hard = trials.filter((trial) => trial.corpus === "hard" && !trial.genuine);
    const accepted = hard.filter(
      ({ scores, conditions }) => unboundedLlr(any, scores.cosine ?? Number.NaN, conditions) >= threshold,
    );
    expect(accepted.length / hard.length).toBeLessThanOrEqual(far / 3);
  }
  for (const { points } of buckets)
    expect(points.map(({ threshold }) => threshold)).toEqual(any.points.map(({ threshold }) => threshold));
});

test("a corpus of fewer than five speakers takes part in the ratio, but sets no threshold", () => {
  const few = corpus("few", 0.5).filter(
    ({ enrolled, probe }) => /[0-3]$/.test(enrolled) && /[0-3]$/.test(probe),
  );
  const { tables } = fitWorstFirst([...corpus("easy", 0.1), ...few], [], ["cosine"]);
  expect(tables[0].points.map(({ setBy }) => setBy)).toEqual(tables[0].points.map(() => "easy"));
  expect(tables[0].llr).not.toEqual(fitWorstFirst(corpus("easy", 0.1), [], ["cosine"]).tables[0].llr);
});
