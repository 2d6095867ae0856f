/**
 * `npm run bench:gallery`: a table of what galleries of 10,000, 100,000 and a million voices take
 * to build, load and search, beside numpy and the memory's bandwidth. `--voices N --json` prints
 * one JSON line for N voices. Timings are never asserted.
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
import { percentile } from "../test/support/percentile.ts";
import { DIMENSION } from "./gallery-voices.ts";
import { machine, markdownTable, timed } from "./measure.ts";

const run = promisify(execFile);
const SIZES = [10_000, 100_000, 1_000_000];
/** Probes to compare with float64, by the number of voices: each takes a pass in JavaScript. */
const probesFor = (voices: number): number => (voices <= 10_000 ? 1000 : voices <= 100_000 ? 100 : 0);

const { values } = parseArgs({
  options: { voices: { type: "string" }, json: { type: "boolean", default: false } },
});
const sizes = values.voices === undefined ? SIZES : [Number(values.voices)];
if (!sizes.every((size) => Number.isInteger(size) && size > 0 && size <= 20_000_000))
  throw new RangeError("--voices takes a number from 1 to 20000000");

const rows = [];
for (const voices of sizes) {
  const found = await measure(voices, values.voices === undefined ? probesFor(voices) : 0);
  if (values.json) {
    const { loadMs, residentMb, scanMsP50, buildMb } = found;
    console.log(JSON.stringify({ voices, loadMs, residentMb, scanMsP50, buildMb }));
    continue;
  }
  const peers = values.voices === undefined ? { "numpy, float32 (ms)": await numpy(voices) } : {};
  rows.push({
    voices: voices.toLocaleString("en"),
    "load (ms)": found.loadMs,
    "resident (MB)": found.residentMb,
    "search p50 (ms)": found.scanMsP50,
    "search (CPU ms)": found.scanCpuMs,
    "codes read (GB/s of CPU time)": round((voices * DIMENSION) / found.scanCpuMs / 1e6),
    candidates: round(found.candidates),
    "as float64": probesFor(voices) ? `${found.identical} of ${probesFor(voices)}` : "-",
    ...peers,
    "build (MB)": found.buildMb,
    "build (s)": round(found.buildMs / 1000),
  });
}
if (!values.json) {
  const { cpu, cores, node } = machine();
  console.log(`${markdownTable(rows)}\n\n${cpu}, ${cores} cores, Node ${node}.`);
  console.log(`One thread reads ${round(await bandwidth())} GB/s of memory.`);
}

async function measure(voices: number, probes: number): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-bench-"));
  try {
    const file = join(folder, "bench.gallery");
    const built = await child("build", voices, file);
    const loaded = await child("load", voices, file, probes);
    const all = { ...built, ...loaded } as Measured;
    return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, round(value)])) as Measured;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Measured = Record<
  "buildMb" | "buildMs" | "candidates" | "identical" | "loadMs" | "residentMb" | "scanCpuMs" | "scanMsP50",
  number
>;

async function child(...given: (number | string)[]): Promise<Partial<Measured>> {
  const script = join(import.meta.dirname, "gallery-child.ts");
  const { stdout } = await run(process.execPath, ["--expose-gc", script, ...given.map(String)]);
  return JSON.parse(stdout) as Partial<Measured>;
}

/** The same scores by a float32 matrix product in one thread. */
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
  const env = { ...process.env, OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };
  try {
    return round(Number((await run("python3", ["-c", script], { env })).stdout));
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
