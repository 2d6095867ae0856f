import { expect, test } from "vitest";
import { normalize } from "../../lib/score/vector.ts";
import { fitTables, MIN_GENUINE } from "../../models/build/calibrate.ts";
import type { CalibrationTrial, Side } from "../../models/build/trials.ts";

const FLAT = { all: { mean: 0, std: 1 }, top: { mean: 0, std: 1 } };

function trials(count: number, seconds: number, bandwidth: "telephone" | "wide"): CalibrationTrial[] {
  const side = (angle: number): Side => ({
    speaker: "a",
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
      enrolled: side(0),
      // Angles from 0 to 1 for genuine trials, from 0.8 to 1.8 for impostors: they overlap.
      probe: side((genuine ? 0 : 0.8) + i / count),
    })),
  ).flat();
}

test("each kind of trial with enough genuine ones has its tables, and the file says which have not", () => {
  const { tables, missing } = fitTables([
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
  expect(missing).toContainEqual({ bandwidth: "telephone", bucket: "2-4s", genuineTrials: MIN_GENUINE - 1 });
  expect(missing).toContainEqual({ bandwidth: "wide", bucket: "8s+", genuineTrials: 0 });
});

test("a table is measured on its own kind of trial alone", () => {
  const { tables } = fitTables([...trials(60, 3, "wide"), ...trials(80, 3, "telephone")]);
  const counts = (bandwidth: string) =>
    tables
      .filter((t) => t.method === "cosine" && t.bucket === "2-4s" && t.bandwidth === bandwidth)
      .map((t) => t.points[0].genuineTrials);
  expect([counts("wide"), counts("telephone"), counts("any")]).toEqual([[60], [80], [140]]);
});
