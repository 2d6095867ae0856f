import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { localServices } from "../../lib/adapters/local/services.ts";
import { scanThread } from "../../lib/adapters/shared/scan-thread.ts";
import { int8Matrix } from "../../lib/score/search/int8-matrix.ts";
import { type RowSearch, scanRows } from "../../lib/score/search/int8-scan.ts";
import { scansContract } from "../contract/scans.ts";
import { fakeEmbedder, fakeVoice } from "../support/fake-embedder.ts";
import { fakeClock, fakeModelData, seededRandom } from "../support/fake-world.ts";
import { galleryRows } from "./gallery-rows.ts";

const D = 24;

function matrixOf(count: number) {
  const matrix = int8Matrix(D);
  for (const row of galleryRows(count, D)) matrix.append(row, row);
  return matrix;
}

/**
 * Searches of every kind: by AS-Norm and cosine, of all rows and a few, with rows of other
 * statistics.
 */
function searchesIn(count: number): RowSearch[] {
  const stats = { mean: 0.3, std: 0.05 };
  const within = Uint32Array.from({ length: 40 }, (_, i) => i * 31);
  const exceptions = new Map([[5, { mean: 0.1, std: 0.02 }]]);
  return [5, 77].flatMap((of) => {
    const probe = { probe: voiceOf(of), limit: 10 };
    return [
      { ...probe, stats: undefined },
      { ...probe, stats },
      { ...probe, stats, within, exceptions },
      { ...probe, stats, limit: count + 1, exceptions },
    ];
  });
}

const voiceOf = (row: number) => {
  const voice = fakeVoice(`probe-${row}`).slice(0, D);
  return voice as RowSearch["probe"];
};

test("the thread finds what a search here finds, also after rows changed and the memory grew", async () => {
  const thread = scanThread();
  const matrix = matrixOf(2500);
  const compare = async () => {
    const searches = searchesIn(2500);
    const found = await Promise.all(searches.map((search) => thread.scan(matrix.target, search)));
    expect(found).toEqual(searches.map((search) => scanRows(matrix.target, search)));
    expect(found[0].rows.length).toBeGreaterThanOrEqual(10);
    return found[0].rows[0].row;
  };
  const best = await compare();
  matrix.drop(best);
  expect(await compare()).not.toBe(best);
  for (const row of galleryRows(9000, D, 3)) matrix.append(row, row);
  await compare();
  await thread.close();
  await compare();
});

test("a thread that can't start or that ends costs time, and the next search starts another", async () => {
  const matrix = matrixOf(100);
  const [search] = searchesIn(100);
  const broken = scanThread({ script: new URL("./nowhere.ts", import.meta.url) });
  expect(await broken.scan(matrix.target, search)).toEqual(scanRows(matrix.target, search));
  const thread = scanThread({ lifeMs: 1 });
  await expect(thread.scan(matrix.target, { ...search, limit: 0 })).rejects.toThrow(RangeError);
  for (let i = 0; i < 3; i++) {
    expect(await thread.scan(matrix.target, search)).toEqual(scanRows(matrix.target, search));
    await new Promise((resume) => setTimeout(resume, 5));
  }
  await thread.close();
});

scansContract(async (thread) => {
  const folder = mkdtempSync(join(tmpdir(), "voiceroll-scans-"));
  const given = { ...fakeModelData(fakeEmbedder()), clock: fakeClock(), random: seededRandom() };
  const services = localServices(folder, { ...given, scanThread: thread });
  onTestFinished(async () => {
    await services.close();
    rmSync(folder, { recursive: true });
  });
  return services;
});
