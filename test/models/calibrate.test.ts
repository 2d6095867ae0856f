import { expect, test } from "vitest";
import { MIN_GENUINE } from "../../lib/score/fit/fit.ts";
import { normalize } from "../../lib/score/scoring/vector.ts";
import { fitModelTables } from "../../models/build/calibrate.ts";
import type { CalibrationTrial, Side } from "../../models/build/trials.ts";

const FLAT = { all: { mean: 0, std: 1 }, top: { mean: 0, std: 1 } };

function trials(count: number, seconds: number, bandwidth: "telephone" | "wide"): CalibrationTrial[] {
  const side = (speaker: string, angle: number): Side => ({
    speaker,
    corpus: "c",
    called: bandwidth === "telephone",
    bandwidth,
    seconds,
    embedding: normalize([Math.cos(angle), Math.sin(angle)]),
    stats: FLAT,
  });
  return Array.from({ length: count }, (_, i) =>
    [true, false].map((genuine) => ({
      genuine,
      seconds,
      bandwidth,
      enrolled: side(`speaker ${i % 10}`, 0),
      // Angles from 0 to 1 for genuine trials, from 0.8 to 1.8 for impostors: they overlap.
      probe: side(`speaker ${(genuine ? i : i + 1) % 10}`, (genuine ? 0 : 0.8) + i / count),
    })),
  ).flat();
}

test("each kind with enough genuine trials has its tables, and the file lists those without", () => {
  const { tables, missing } = fitModelTables([
    ...trials(MIN_GENUINE, 3, "wide"),
    ...trials(MIN_GENUINE, 1.5, "telephone"),
    ...trials(MIN_GENUINE - 1, 3, "telephone"),
  ]);
  const kinds = tables.filter((t) => t.method === "cosine").map((t) => `${t.bandwidth} ${t.bucket}`);
  expect(kinds).toEqual([
    "any any",
    "any 1-2s",
    "any 2-4s",
    "wide any",
    "wide 2-4s",
    "telephone any",
    "telephone 1-2s",
  ]);
  const lacks = (bandwidth: string, bucket: string) =>
    missing.find((one) => one.bandwidth === bandwidth && one.bucket === bucket);
  expect(lacks("telephone", "2-4s")).toMatchObject({ genuineTrials: MIN_GENUINE - 1, moreSpeakers: 1 });
  expect(lacks("wide", "8s+")).toMatchObject({ genuineTrials: 0, why: "too_few" });
});

test("measures a table only on its own kind of trial", () => {
  const { tables } = fitModelTables([...trials(60, 3, "wide"), ...trials(80, 3, "telephone")]);
  const counts = (bandwidth: string) =>
    tables
      .filter((t) => t.method === "cosine" && t.bucket === "2-4s" && t.bandwidth === bandwidth)
      .map((t) => t.points[0].genuineTrials);
  expect([counts("wide"), counts("telephone"), counts("any")]).toEqual([[60], [80], [140]]);
});
