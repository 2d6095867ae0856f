/**
 * `npm run bench:gallery`: tables of what galleries of 10,000, 100,000 and a million voices take
 * to build, load and search, beside usearch (HNSW, from npm), numpy and the memory's bandwidth.
 * `--voices N --json` prints one JSON line for N voices. Timings are never asserted.
 *
 * loadMs: from the file to an index that can be searched. residentMb: what the index adds to the
 * process. scanMsP50: a search with AS-Norm for ten candidates and six spare ones, in one thread;
 * its processor time tells more on a busy machine.
 * buildMb: the most that the process needs that sorts the voices and writes the file
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { percentile } from "../../test/support/percentile.ts";
import { machine, markdownTable, type Row, timed } from "../measure.ts";
import { usearchFolder } from "./usearch.ts";
import { DIMENSION } from "./voices.ts";

const run = promisify(execFile);
const SIZES = [10_000, 100_000, 1_000_000];
/** Probes to compare with float64, by the number of voices: each takes a pass in JavaScript. */
const probesFor = (voices: number): number => (voices <= 10_000 ? 1000 : 100);
/** A million voices take an HNSW index half an hour of one thread. */
const MOST_HNSW = 100_000;

const { values } = parseArgs({
  options: { voices: { type: "string" }, json: { type: "boolean", default: false } },
});
const sizes = values.voices === undefined ? SIZES : [Number(values.voices)];
if (!sizes.every((size) => Number.isInteger(size) && size > 0 && size <= 20_000_000))
  throw new RangeError("--voices takes a number from 1 to 20000000");

const tables: Row[][] = [[], [], []];
const usearch = values.json ? undefined : await usearchFolder();
for (const voices of sizes) {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-bench-"));
  try {
    await measure(voices, join(folder, "bench.gallery"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
if (!values.json) {
  const { cpu, cores, node } = machine();
  console.log(tables.map(markdownTable).join("\n\n"));
  console.log(`\n${cpu}, ${cores} cores, Node ${node}.`);
  console.log(`One thread reads ${round(await bandwidth())} GB/s of memory.`);
}

async function measure(voices: number, file: string): Promise<void> {
  const probes = values.json ? 0 : probesFor(voices);
  const found = { ...(await child("build", voices, file)), ...(await child("load", voices, file, probes)) };
  if (values.json) {
    const { loadMs, residentMb, scanMsP50, buildMb } = found;
    console.log(JSON.stringify({ voices, loadMs, residentMb, scanMsP50, buildMb }));
    return;
  }
  const size = { voices: voices.toLocaleString("en") };
  tables[0]?.push({
    ...size,
    "load (ms)": found.loadMs,
    "resident (MB)": found.residentMb,
    "search p50 (ms)": found.scanMsP50,
    "search (CPU ms)": found.scanCpuMs,
    "codes read (GB/s of CPU time)": round((voices * DIMENSION) / found.scanCpuMs / 1e6),
    candidates: found.candidates,
    "best ten as in float64": `${found.identical} of ${probes}`,
    "build (MB)": found.buildMb,
    "build (s)": round(found.buildMs / 1000),
  });
  const waits = await child("wait", voices, file);
  for (const [name, where] of [
    ["here", "this thread"],
    ["thread", "a thread of its own"],
  ] as const)
    tables[1]?.push({
      ...size,
      "searched in": where,
      "loop late, p50 (ms)": waits[`${name}LateP50`],
      "p99 (ms)": waits[`${name}LateP99`],
      "at most (ms)": waits[`${name}LateMost`],
      "search p50 (ms)": waits[`${name}SearchP50`],
      "added memory (MB)": name === "thread" ? waits.addedMb : 0,
    });
  const hnsw = usearch && voices <= MOST_HNSW ? await child("usearch", voices, usearch, probes) : undefined;
  tables[2]?.push({
    ...size,
    "this search (ms)": found.scanMsP50,
    "numpy, float32 (ms)": await numpy(voices),
    "usearch, int8 (ms)": hnsw?.usearchMsP50 ?? "-",
    "its ten nearest by cosine": hnsw ? `${round(100 * hnsw.recall)} %` : "-",
    "its memory (MB)": hnsw?.usearchMb ?? "-",
    "its build (s)": hnsw?.usearchBuildS ?? "-",
  });
}

async function child(...given: (number | string)[]): Promise<Record<string, number>> {
  const script = join(import.meta.dirname, "child.ts");
  const { stdout } = await run(process.execPath, ["--expose-gc", script, ...given.map(String)]);
  const found = Object.entries(JSON.parse(stdout) as Record<string, number>);
  return Object.fromEntries(found.map(([name, value]) => [name, round(value)]));
}

/** The same scores by a float32 matrix product in one thread. VOICEROLL_PYTHON: one with numpy */
async function numpy(voices: number): Promise<number | string> {
  const script = `
import numpy, time
rows = numpy.random.default_rng(1).standard_normal((${voices}, ${DIMENSION}), dtype=numpy.float32)
mean = numpy.full(${voices}, .3, numpy.float32); std = numpy.full(${voices}, .05, numpy.float32)
probe = rows[7].copy(); times = []
for _ in range(15):
    start = time.perf_counter(); raw = rows @ probe
    score = ((raw - mean) / std + (raw - .3) / .05) / 2
    numpy.argpartition(-score, 15)[:16]; times.append(time.perf_counter() - start)
print(1000 * sorted(times)[7])`;
  const python = process.env.VOICEROLL_PYTHON || "python3";
  const env = { ...process.env, OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };
  try {
    return round(Number((await run(python, ["-c", script], { env })).stdout));
  } catch {
    return "not installed";
  }
}

/** GB/s of a search for a byte that isn't there, which reads all of 256 MB. */
async function bandwidth(): Promise<number> {
  const bytes = Buffer.alloc(2 ** 28, 2);
  const times = await timed(15, () => {
    if (bytes.indexOf(1) !== -1) throw new RangeError("found");
  });
  return bytes.length / percentile(times, 0.5) / 1e6;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
