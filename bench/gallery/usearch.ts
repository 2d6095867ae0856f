import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { UnitVector } from "../../lib/score/scoring/vector.ts";
import { percentile } from "../../test/support/percentile.ts";
import { timed } from "../measure.ts";
import { bestVoices, recallOf, upTo } from "./exact.ts";
import { DIMENSION, voiceOf } from "./voices.ts";

/** The version that docs/benchmarks.md reports. */
const PACKAGE = "usearch@2.26.2";
const CANDIDATES = 16;
const TOP = 10;

/** The part of the package's index that is measured. */
type HnswIndex = {
  add(key: bigint, vector: Float32Array, threads: number): void;
  search(vector: Float32Array, count: number, threads: number): { keys: BigUint64Array };
};

/**
 * Installs the package in a folder of its own: it takes 26 MB, and only this bench needs it.
 * Undefined if it can't be installed.
 */
export async function usearchFolder(): Promise<string | undefined> {
  const folder = join(tmpdir(), "voiceroll-peers");
  if (existsSync(join(folder, "node_modules/usearch"))) return folder;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{"private": true}');
  const run = promisify(execFile);
  const installed = run("npm", ["install", PACKAGE, "--no-audit", "--no-fund"], { cwd: folder });
  return installed.then(
    () => folder,
    () => undefined,
  );
}

/**
 * Adds the voices to an HNSW index with the package's defaults and int8 vectors, in one thread, and
 * searches it by cosine.
 *
 * recall: the part of the ten nearest by cosine in float64 that is among the ten found
 */
export async function measureUsearch(
  folder: string,
  given: { voices: number; embeddings: readonly UnitVector[]; checked: readonly UnitVector[] },
) {
  const { voices, embeddings, checked } = given;
  const { Index } = createRequire(join(folder, "package.json"))("usearch") as {
    Index: new (config: object) => HnswIndex;
  };
  const before = process.memoryUsage.rss();
  const index = new Index({ dimensions: DIMENSION, metric: "cos", quantization: "i8" });
  const start = performance.now();
  for (let n = 0; n < voices; n++) index.add(BigInt(n), voiceOf(n), 1);
  const usearchBuildS = (performance.now() - start) / 1000;
  const usearchMb = (process.memoryUsage.rss() - before) / 1e6;
  let i = 0;
  const times = await timed(200, () => index.search(embeddings[i++ % 60] ?? embeddings[0], CANDIDATES, 1));
  const all = bestVoices(upTo(voices), checked);
  const recalls = checked.map((probe, of) => {
    const found = Array.from(index.search(probe, TOP, 1).keys, Number);
    return recallOf(found, all[of]?.byCosine ?? []);
  });
  const recall = recalls.reduce((sum, one) => sum + one, 0) / recalls.length;
  return { usearchMsP50: percentile(times, 0.5), usearchMb, usearchBuildS, recall };
}
