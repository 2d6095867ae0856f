import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { consistencyPoint } from "../../lib/score/scoring/consistency.ts";
import type { ConsistencyCheck } from "../../lib/score/scoring/types.ts";
import { normalize } from "../../lib/score/scoring/vector.ts";
import { type ConsistencyTrial, trialsOf } from "../../models/build/consistency.ts";
import { fitConsistency } from "../../models/build/consistency-points.ts";
import { fakeCohort } from "../support/fake-cohort.ts";
import { fakeModel, fakeVoice } from "../support/fake-embedder.ts";

/**
 * Twelve speakers with 20 genuine trials each, of scores 0 to 0.95 plus `raise`, and 50 impostor
 * trials each, of scores 0 to 0.49.
 */
function trials(clips: number, raise: number): ConsistencyTrial[] {
  return Array.from({ length: 12 }, (_, speaker) =>
    [true, false].flatMap((genuine) =>
      Array.from({ length: genuine ? 20 : 50 }, (_, i): ConsistencyTrial => {
        const score = genuine ? raise + i / 20 : i / 100;
        return {
          clips,
          genuine,
          enrolled: `speaker ${speaker}`,
          probe: `speaker ${genuine ? speaker : (speaker + 1) % 12}`,
          conditions: { seconds: 3, bandwidth: "wide" },
          scores: { "as-norm": score },
        };
      }),
    ),
  ).flat();
}

test("each number of clips has the limit that passes the requested share of impostors, and its rates", () => {
  const { far, points } = fitConsistency([...trials(1, 0), ...trials(2, 0.4)], 0.02);
  expect(far).toBe(0.02);
  expect(points.map(({ clips, bandwidth }) => [clips, bandwidth])).toEqual([
    [1, "wide"],
    [2, "wide"],
  ]);
  // The impostors' scores are 0 to 0.49: at 2 %, only 0.49 passes.
  expect(points.map(({ measured }) => measured.far.rate)).toEqual([0.02, 0.02]);
  // Genuine scores below 0.49: ten of 0, 0.05 ... 0.95, and two of 0.4, 0.45 ... 1.35.
  expect(points.map(({ measured }) => measured.frr.rate)).toEqual([0.5, 0.1]);
});

test("a number of clips with too few speakers has no limit and uses that of fewer clips", () => {
  const few = trials(3, 0).filter(({ enrolled }) => enrolled === "speaker 1");
  const check = fitConsistency([...trials(1, 0), ...trials(2, 0), ...few], 0.02);
  const at = (clips: number) => consistencyPoint(check, { bandwidth: "wide", clips });
  expect([1, 2, 3, 50].map((clips) => at(clips)?.clips)).toEqual([1, 2, 2, 2]);
  expect(consistencyPoint(check, { bandwidth: "telephone", clips: 1 })).toBeUndefined();
});

test("compares a voiceprint with the speaker's other clips and with the same corpus only", () => {
  const take = (speaker: string, i: number, corpus: string) => ({
    path: `${speaker}/${i}`,
    speaker,
    corpus,
    embedding: normalize(fakeVoice(speaker).map((x, d) => x + 0.01 * ((i + d) % 3))),
    speechSeconds: 3,
    bandwidth: "wide" as const,
  });
  const takes = [
    ...[0, 1, 2].map((i) => take("ann", i, "a")),
    ...[0, 1].map((i) => take("max", i, "a")),
    ...[0, 1].map((i) => take("eve", i, "b")),
  ];
  const found = trialsOf(fakeCohort(fakeModel()), takes, takes);
  const pairs = new Set(found.map(({ enrolled, probe, genuine }) => `${enrolled} ${probe} ${genuine}`));
  expect([...pairs].sort()).toEqual([
    "ann ann true",
    "ann max false",
    "eve eve true",
    "max ann false",
    "max max true",
  ]);
  expect(found.filter(({ enrolled }) => enrolled === "ann").map(({ clips }) => clips)).toContain(2);
  // A clip of the voiceprint itself would have a cosine of 1.
  expect(Math.max(...found.map(({ scores }) => scores.cosine ?? 0))).toBeLessThan(0.99999);
});

test("the bundled model has limits for both bandwidths that pass at most the stated share of impostors", async () => {
  const file = join(import.meta.dirname, "../../models/ecapa-c256/calibration.json");
  const { consistency } = JSON.parse(await readFile(file, "utf8")) as { consistency: ConsistencyCheck };
  for (const bandwidth of ["wide", "telephone"] as const)
    expect(consistencyPoint(consistency, { bandwidth, clips: 1 })).toBeDefined();
  for (const { measured } of consistency.points)
    expect(measured.far.rate).toBeLessThanOrEqual(consistency.far);
});
