/**
 * A process of bench/gallery-table.ts, so that memory is that of one task. Prints one JSON line.
 *
 * build N FILE: sorts N voices and writes a gallery file. load N FILE PROBES: loads it, searches,
 * and compares the best ten of PROBES searches with float64
 */
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openGalleryFile, readBlocks } from "../lib/gallery/file/read.ts";
import { fileSource, rowSorter } from "../lib/gallery/file/sort.ts";
import { galleryFile } from "../lib/gallery/file/write.ts";
import { makeGalleryIndex } from "../lib/gallery/gallery-index.ts";
import { searchIndex } from "../lib/gallery/search.ts";
import { cosine, normalize, type UnitVector } from "../lib/score/scoring/vector.ts";
import { percentile } from "../test/support/percentile.ts";
import { COHORT, INFO, PROBE_STATS, randomOf, rowOfVoice, voiceOf } from "./gallery-voices.ts";
import { timed } from "./measure.ts";

const MB = 1e6;
/** As identify asks for ten candidates. */
const LIMIT = 16;
const TOP = 10;
const [task, count, path = "", probes] = process.argv.slice(2);
const voices = Number(count);
console.log(JSON.stringify(task === "build" ? await build() : await load(Number(probes))));

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

async function load(checks: number) {
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
  const residentMb = (process.memoryUsage.rss() - before) / MB;
  const search = (embedding: UnitVector) => {
    const stats = { all: PROBE_STATS, top: PROBE_STATS };
    return searchIndex(index, { modelId: INFO.modelId, cohort: COHORT, embedding, stats }, LIMIT, undefined);
  };
  let n = 0;
  let candidates = 0;
  const embeddings = Array.from({ length: 60 }, (_, i) => probeOf(i));
  // The engine compiles the kernel again, better, after it has run for a while.
  for (let warm = 0; warm < 40; warm++) search(embeddings[warm] ?? embeddings[0]);
  const cpu = process.cpuUsage();
  let runs = 0;
  const times = await timed(60, () => {
    runs += 1;
    candidates += search(embeddings[n++ % 60] ?? embeddings[0]).hits.length;
  });
  const { user, system } = process.cpuUsage(cpu);
  const scanCpuMs = (user + system) / 1000 / runs;
  const scanMsP50 = percentile(times, 0.5);
  const found = { loadMs, residentMb, scanMsP50, scanCpuMs, candidates: candidates / n };
  return { ...found, identical: identical(checks, search) };
}

/** A clip of an enrolled voice: the voice with noise. */
function probeOf(n: number): UnitVector {
  const random = randomOf(n + 2e9);
  const voice = voiceOf(Math.floor(voices * random()));
  return normalize(Float64Array.from(voice, (x, i) => x + (0.12 * (random() - 0.5)) / (1 + i / 40)));
}

/**
 * How many of the probes have the same best ten, in the same order, as by brute force in float64.
 */
function identical(checks: number, search: (probe: UnitVector) => ReturnType<typeof searchIndex>): number {
  if (checks === 0) return 0;
  const rows = Array.from({ length: voices }, (_, n) => {
    const { mean, std, speakerId } = rowOfVoice(n);
    return { mean, std, name: speakerId as string, voice: voiceOf(n) };
  });
  const byName = new Map(rows.map((row) => [row.name, row]));
  let same = 0;
  for (let i = 0; i < checks; i++) {
    const probe = probeOf(i + 1000);
    const score = ({ voice, mean, std }: (typeof rows)[number]) => {
      const raw = cosine(voice, probe);
      return ((raw - mean) / std + (raw - PROBE_STATS.mean) / PROBE_STATS.std) / 2;
    };
    const best = (from: typeof rows) =>
      from
        .map((row) => ({ name: row.name, score: score(row) }))
        .sort((a, b) => b.score - a.score)
        .slice(0, TOP)
        .map(({ name }) => name)
        .join();
    const found = search(probe).hits.flatMap(({ speakerId }) => byName.get(speakerId) ?? []);
    if (best(found) === best(rows)) same += 1;
  }
  return same;
}
