/**
 * A process of bench/gallery/table.ts, so that memory is that of one task. Prints one JSON line.
 *
 * build N FILE: sorts N voices and writes a gallery file. load N FILE PROBES: loads it, searches,
 * and compares the best ten of PROBES searches with float64. wait N FILE: how long other requests
 * wait for the event loop while N voices are searched. usearch N FOLDER PROBES: the same voices in
 * an HNSW index of the package in FOLDER
 */
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openGalleryFile, readBlocks } from "../../lib/gallery/file/read.ts";
import { fileSource, rowSorter } from "../../lib/gallery/file/sort.ts";
import { galleryFile } from "../../lib/gallery/file/write.ts";
import { type GalleryIndex, makeGalleryIndex } from "../../lib/gallery/gallery-index.ts";
import { searchIndex } from "../../lib/gallery/search.ts";
import type { UnitVector } from "../../lib/score/scoring/vector.ts";
import { percentile } from "../../test/support/percentile.ts";
import { timed } from "../measure.ts";
import { bestVoices, upTo } from "./exact.ts";
import { measureUsearch } from "./usearch.ts";
import { COHORT, INFO, PROBE_STATS, probeOf, rowOfVoice } from "./voices.ts";
import { waits } from "./waits.ts";

const MB = 1e6;
/** As identify asks for ten candidates. */
const LIMIT = 16;
const [task, count, path = "", probes] = process.argv.slice(2);
const voices = Number(count);
const embeddings = Array.from({ length: 60 }, (_, i) => probeOf(i, voices));
const checked = Array.from({ length: Number(probes ?? 0) }, (_, i) => probeOf(i + 1000, voices));

const TASKS: Record<string, () => Promise<object>> = {
  build,
  load,
  wait: async () => waits((await loaded()).index, embeddings.map(probeFor), LIMIT),
  usearch: () => measureUsearch(path, { voices, embeddings, checked }),
};
console.log(JSON.stringify(await TASKS[task ?? ""]?.()));

async function build() {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-bench-"));
  const start = performance.now();
  const sorter = rowSorter(INFO, folder);
  for (let n = 0; n < voices; n++) await sorter.add(rowOfVoice(n));
  await writeFile(path, galleryFile(INFO, sorter.rows()));
  await sorter.close();
  await rm(folder, { recursive: true });
  return { buildMb: (process.resourceUsage().maxRSS * 1024) / MB, buildMs: performance.now() - start };
}

async function loaded() {
  const before = process.memoryUsage.rss();
  const start = performance.now();
  const handle = await open(path);
  const file = await openGalleryFile(await fileSource(handle));
  const index = makeGalleryIndex(COHORT);
  for await (const block of file ? readBlocks(file) : [])
    if (block) index.load(block);
    else throw new RangeError("a damaged file");
  const loadMs = performance.now() - start;
  await handle.close();
  globalThis.gc?.();
  return { index, loadMs, residentMb: (process.memoryUsage.rss() - before) / MB };
}

function probeFor(embedding: UnitVector) {
  const stats = { all: PROBE_STATS, top: PROBE_STATS };
  return { modelId: INFO.modelId, cohort: COHORT, embedding, stats };
}

async function load() {
  const { index, loadMs, residentMb } = await loaded();
  const search = (embedding: UnitVector) => searchIndex(index, probeFor(embedding), LIMIT, undefined);
  let n = 0;
  let candidates = 0;
  // The engine compiles the kernel again, better, after it has run for a while.
  for (let warm = 0; warm < 40; warm++) search(embeddings[warm] ?? embeddings[0]);
  const cpu = process.cpuUsage();
  const times = await timed(60, () => {
    candidates += search(embeddings[n++ % 60] ?? embeddings[0]).hits.length;
  });
  const { user, system } = process.cpuUsage(cpu);
  const found = { loadMs, residentMb, scanMsP50: percentile(times, 0.5), candidates: candidates / n };
  return { ...found, scanCpuMs: (user + system) / 1000 / n, identical: identical(index) };
}

/**
 * How many of the probes have the same best ten, in the same order, as by brute force in float64.
 */
function identical(index: GalleryIndex): number {
  const all = bestVoices(upTo(voices), checked);
  const same = checked.filter((probe, i) => {
    const { hits } = searchIndex(index, probeFor(probe), LIMIT, undefined);
    const found = hits.map(({ speakerId }) => Number(speakerId.slice("speaker-".length)));
    return bestVoices(found, [probe])[0]?.byScore.join() === all[i]?.byScore.join();
  });
  return same.length;
}
