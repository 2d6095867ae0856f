/**
 * `npm run soak -- --minutes 30`: looks for leaks. Four callers enroll (from bodies, uploads and
 * jobs), verify, identify, compare, send what is refused, overload the server and erase, against a
 * server process without a pause. Prints a JSON line every 10 s, then one for the run.
 *
 * rssSlopeMbPerMinute  least-squares slope of the server's resident set after the warm-up
 * rssMb                before and after those minutes, without load
 * descriptorGrowth     open descriptors after those minutes minus before them, without load
 *
 * Exits with 1 if the slope is 1 MB/min or more, if descriptors grew, or if a request failed with
 * another status than 422 or 503. A run under 10 minutes mostly measures how the heap settles.
 */
import { mkdtemp, readdir, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { machine, print } from "./measure.ts";
import { type Running, residentMb, start, stop } from "./server.ts";
import { type Counts, soakCaller } from "./soak-work.ts";

const VOICES = ["awb", "kal", "rms", "slt"] as const;
const SAMPLE_EVERY_MS = 10_000;
/** Idle connections are closed and descriptors settle within this time. */
const IDLE_MS = 30_000;
const MAX_SLOPE = 1;

type Sample = { minutes: number; rssMb: number; descriptors: number };

const { values } = parseArgs({ options: { minutes: { type: "string", default: "30" } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new RangeError("--minutes takes a number above 0.");
if (process.platform !== "linux") throw new Error("The soak reads /proc, which only Linux has.");
// The young generation of the heap grows to its full size for some minutes.
const warmUpMinutes = Math.min(10, minutes / 3);

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function sample(server: Running, startMs: number): Promise<Sample> {
  const { pid } = server.process;
  const rssMb = await residentMb(pid);
  if (rssMb === undefined) throw new Error("The server has exited.");
  const descriptors = (await readdir(`/proc/${pid}/fd`)).length;
  return { minutes: (performance.now() - startMs) / 60_000, rssMb, descriptors };
}

/** What each open descriptor of a process is, such as `socket` or a file name. */
async function openFiles(pid: number | undefined): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const targets = await Promise.all(
    (await readdir(folder)).map((fd) => readlink(join(folder, fd)).catch(() => "closed")),
  );
  return targets.map((target) => target.replace(/:?\[.*/, "").replace(/^.*\//, "")).sort();
}

/** What is in `after` more often than in `before`. */
function added(before: readonly string[], after: readonly string[]): string[] {
  const left = [...before];
  return after.filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** Returns the least-squares slope of the resident set, in MB per minute. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  const x = mean(samples.map((one) => one.minutes));
  const y = mean(samples.map((one) => one.rssMb));
  const together = samples.reduce((sum, one) => sum + (one.minutes - x) * (one.rssMb - y), 0);
  return together / samples.reduce((sum, one) => sum + (one.minutes - x) ** 2, 0);
}

/** Runs four callers for some minutes and returns their rounds, once all requests are answered. */
async function load(server: Running, counts: Counts, forMinutes: number): Promise<number> {
  const endMs = performance.now() + forMinutes * 60_000;
  const rounds = await Promise.all(VOICES.map((voice) => soakCaller(server, counts, voice, endMs)));
  await sleep(IDLE_MS);
  return rounds.reduce((sum, one) => sum + one, 0);
}

const data = await mkdtemp(join(tmpdir(), "voiceroll-soak-"));
const server = await start(data, { MAX_CONNECTIONS_PER_ADDRESS: "1000" });
const counts: Counts = {};
await load(server, counts, warmUpMinutes);
const startMs = performance.now();
const first = await sample(server, startMs);
const filesBefore = await openFiles(server.process.pid);
const samples: Sample[] = [];
const sampling = setInterval(async () => {
  const latest = await sample(server, startMs);
  samples.push(latest);
  print("soak-sample", latest);
}, SAMPLE_EVERY_MS);
const rounds = await load(server, counts, minutes - warmUpMinutes);
clearInterval(sampling);
const last = await sample(server, startMs);
const filesAfter = await openFiles(server.process.pid);
const rssSlopeMbPerMinute = slopeOf(samples);
const descriptorGrowth = last.descriptors - first.descriptors;
const failed = Object.keys(counts).filter((status) => !/^(2\d\d|422|503)$/.test(status));
print("soak", {
  minutes,
  warmUpMinutes,
  rounds,
  rssSlopeMbPerMinute,
  rssMb: [first.rssMb, last.rssMb].map(Math.round),
  descriptorGrowth,
  addedDescriptors: added(filesBefore, filesAfter).join(" "),
  statuses: JSON.stringify(counts),
  ...machine(),
});
await stop(server);
await rm(data, { recursive: true });
if (!(rssSlopeMbPerMinute < MAX_SLOPE) || descriptorGrowth > 0 || failed.length > 0) process.exitCode = 1;
