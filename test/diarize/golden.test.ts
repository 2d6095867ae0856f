import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { agglomerate, numbered } from "../../lib/diarize/agglomerate.ts";
import { compareTurns } from "../../lib/diarize/error-rate.ts";
import { vbHmm } from "../../lib/diarize/vb-hmm.ts";

const GOLDEN = JSON.parse(
  readFileSync(join(import.meta.dirname, "../golden/diarize/diarization.json"), "utf8"),
);

test("agglomeration finds the clusters of scipy's average linkage", () => {
  const { rows, labels } = GOLDEN.clustering;

  for (const [least, expected] of Object.entries<number[]>(labels))
    expect([...agglomerate(cosinesOf(rows), rows.length, Number(least))]).toEqual([
      ...numbered(Int32Array.from(expected)),
    ]);
});

const cosinesOf = (rows: readonly (readonly number[])[]): Float32Array =>
  Float32Array.from(
    rows.flatMap((a, j) => rows.slice(0, j).map((b) => a.reduce((sum, x, k) => sum + x * b[k], 0))),
  );

test("windows get the posteriors of the equations of VBx", () => {
  const { windows, between, initial, settings, posteriors, shares } = GOLDEN.hiddenMarkov;
  const found = vbHmm(
    Float32Array.from(windows.flat()),
    Float64Array.from(between),
    Float64Array.from(initial.flat()),
    { ...settings, loop: new Float64Array(windows.length).fill(settings.loop) },
  );
  for (const [i, value] of posteriors.flat().entries()) expect(found.posteriors[i]).toBeCloseTo(value, 5);
  for (const [i, value] of shares.entries()) expect(found.shares[i]).toBeCloseTo(value, 5);
});

test("missed, false and confused speech and JER are those of pyannote.metrics", () => {
  expect(GOLDEN.errorRates.length).toBeGreaterThan(3);
  for (const { reference, system, collars } of GOLDEN.errorRates)
    for (const [collar, expected] of Object.entries<Record<string, number>>(collars)) {
      const found: Record<string, unknown> = compareTurns(reference, system, Number(collar));
      for (const [name, value] of Object.entries(expected)) expect(found[name]).toBeCloseTo(value, 4);
    }
});
