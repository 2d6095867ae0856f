/**
 * `npm run soak -- --minutes 30`: looks for leaks. Four callers enroll, verify, identify and erase
 * against a server process without a pause. Prints a JSON line every 10 s, then one for the run.
 *
 * rssSlopeMbPerMinute  least-squares slope of the server's resident set after the warm-up
 * descriptorGrowth     median number of open descriptors in the last third minus the first third
 *
 * Exits with 1 if the slope is 1 MB/min or more, if descriptors grew, or if a request failed with
 * another status than 429 or 503. A run under 10 minutes mostly measures how the heap settles.
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { percentile } from "../test/support/percentile.ts";
import { machine, print } from "./measure.ts";
import { type Running, residentMb, start, stop } from "./server.ts";

const SAMPLES = join(import.meta.dirname, "../samples");
const VOICES = ["awb", "kal", "rms", "slt"] as const;
const SAMPLE_EVERY_MS = 10_000;
const MAX_SLOPE = 1;

type Sample = { minutes: number; rssMb: number; descriptors: number };
type Counts = Record<string, number>;

const { values } = parseArgs({ options: { minutes: { type: "string", default: "30" } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new RangeError("--minutes takes a number above 0.");
if (process.platform !== "linux") throw new Error("The soak reads /proc, which only Linux has.");
const warmUpMinutes = Math.min(5, minutes / 3);

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends a request and counts its status. Waits as long as a reply's `Retry-After` says. */
async function send(server: Running, counts: Counts, method: string, path: string, body?: Buffer) {
  const reply = await fetch(server.url + path, {
    method,
    headers: { authorization: `Bearer ${server.key}`, ...(body ? { "content-type": "audio/wav" } : {}) },
    ...(body ? { body: new Uint8Array(body) } : {}),
  });
  await reply.arrayBuffer();
  counts[reply.status] = (counts[reply.status] ?? 0) + 1;
  const retryAfter = Number(reply.headers.get("retry-after") ?? 0);
  if (retryAfter > 0) await sleep(retryAfter * 1000);
}

/** Enrolls a voice under new IDs, asks about it and erases it, until the time is over. */
async function caller(server: Running, counts: Counts, voice: string, endMs: number): Promise<number> {
  const clips = await Promise.all(
    [1, 2, 3, 4, 5, 6].map((take) => readFile(join(SAMPLES, voice, `${take}.wav`))),
  );
  const [probe, unknown] = [clips[4], clips[5]];
  let rounds = 0;
  for (; performance.now() < endMs; rounds += 1) {
    const path = `/speakers/${voice}-${rounds}`;
    for (const clip of clips.slice(0, 4)) await send(server, counts, "POST", `${path}/enroll`, clip);
    await send(server, counts, "POST", `/verify?speaker=${voice}-${rounds}`, probe);
    await send(server, counts, "POST", "/identify", unknown);
    await send(server, counts, "DELETE", path);
  }
  return rounds;
}

async function sample(server: Running, startMs: number): Promise<Sample> {
  const { pid } = server.process;
  const rssMb = await residentMb(pid);
  if (rssMb === undefined) throw new Error("The server has exited.");
  const descriptors = (await readdir(`/proc/${pid}/fd`)).length;
  return { minutes: (performance.now() - startMs) / 60_000, rssMb, descriptors };
}

/** Returns the least-squares slope of the resident set, in MB per minute. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  const x = mean(samples.map((one) => one.minutes));
  const y = mean(samples.map((one) => one.rssMb));
  const together = samples.reduce((sum, one) => sum + (one.minutes - x) * (one.rssMb - y), 0);
  return together / samples.reduce((sum, one) => sum + (one.minutes - x) ** 2, 0);
}

const median = (samples: readonly Sample[]): number =>
  percentile(Float64Array.from(samples, (one) => one.descriptors).sort(), 0.5);

function growthOf(samples: readonly Sample[]): number {
  const third = Math.ceil(samples.length / 3);
  return median(samples.slice(-third)) - median(samples.slice(0, third));
}

const data = await mkdtemp(join(tmpdir(), "voiceroll-soak-"));
const server = await start(data);
const counts: Counts = {};
const startMs = performance.now();
const endMs = startMs + minutes * 60_000;
const callers = VOICES.map((voice) => caller(server, counts, voice, endMs));
const samples: Sample[] = [];
while (performance.now() < endMs) {
  await sleep(SAMPLE_EVERY_MS);
  const latest = await sample(server, startMs);
  samples.push(latest);
  print("soak-sample", latest);
}
const rounds = (await Promise.all(callers)).reduce((sum, one) => sum + one, 0);
const settled = samples.filter((one) => one.minutes >= warmUpMinutes);
const rssSlopeMbPerMinute = slopeOf(settled);
const descriptorGrowth = growthOf(settled);
const failed = Object.keys(counts).filter((status) => !/^(2\d\d|429|503)$/.test(status));
print("soak", {
  minutes,
  warmUpMinutes,
  rounds,
  rssSlopeMbPerMinute,
  descriptorGrowth,
  statuses: JSON.stringify(counts),
  ...machine(),
});
await stop(server);
await rm(data, { recursive: true });
if (!(rssSlopeMbPerMinute < MAX_SLOPE) || descriptorGrowth > 0 || failed.length > 0) process.exitCode = 1;
