/**
 * `npm run bench:overload`: measures a server under more load than it can handle. One generator on
 * the same cores sends requests at a fixed rate without waiting for replies. Prints a JSON line for
 * each round, then the medians of all rounds for each rate.
 *
 * capacity  verifications per second with four callers that each wait for their reply
 * goodput   verifications per second that are answered with 200 within 5 s
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { percentile } from "../test/support/percentile.ts";
import { capacityOf, closeConnections, type Reply, send, sleep } from "./load-generator.ts";
import { machine, print } from "./measure.ts";
import { type Running, start, stop } from "./server.ts";

const SAMPLES = join(import.meta.dirname, "../samples");
const GOOD_MS = 5000;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "15" },
    factors: { type: "string", default: "1,2,5,10" },
    rounds: { type: "string", default: "3" },
  },
});
const seconds = Number(values.seconds);
async function offer(server: Running, clip: Buffer, perSecond: number) {
  const verifies: Promise<Reply>[] = [];
  const prober = new Worker(new URL("./health-prober.ts", import.meta.url), {
    workerData: { url: server.url },
  });
  const startMs = performance.now();
  for (let i = 0; ; i++) {
    const due = startMs + (i * 1000) / perSecond;
    if (due - startMs > seconds * 1000) break;
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    verifies.push(send(server, "/verify?speaker=awb", clip));
  }
  const endedMs = performance.now();
  const health = new Promise<readonly number[]>((resolve) => prober.once("message", resolve));
  prober.postMessage("stop");
  const recoveredMs = await recovery(server, clip, endedMs);
  return {
    verifies: await Promise.all(verifies),
    health: Float64Array.from(await health).sort(),
    startMs,
    endedMs,
    recoveredMs,
  };
}

/** Measures the time from the end of the load to a verification that takes under 500 ms. */
async function recovery(server: Running, clip: Buffer, endedMs: number): Promise<number> {
  for (;;) {
    const { status, ms } = await send(server, "/verify?speaker=awb", clip);
    if (status === 200 && ms < 500) return performance.now() - endedMs;
    if (performance.now() - endedMs > 120_000) return Number.POSITIVE_INFINITY;
    await sleep(20);
  }
}

const statusCounts = (replies: readonly Reply[]) =>
  Object.fromEntries(
    [...new Set(replies.map(({ status }) => status))]
      .sort()
      .map((status) => [status, replies.filter((reply) => reply.status === status).length]),
  );

const sortedMs = (replies: readonly Reply[]) => Float64Array.from(replies, ({ ms }) => ms).sort();

type Round = { factor: number; goodputOfCapacity: number; healthP99Ms: number; recoveredMs: number };

/**
 * Offers `factor` times the capacity and prints the result. The capacity is measured right before
 * and right after by the same process, so that other work on the machine slows both alike.
 */
async function measure(server: Running, clip: Buffer, factor: number, before: number): Promise<Round> {
  const { verifies, health, startMs, endedMs, recoveredMs } = await offer(server, clip, factor * before);
  const capacity = (before + (await capacityOf(server, clip))) / 2;
  const good = verifies.filter(
    (reply) => reply.status === 200 && reply.ms < GOOD_MS && reply.endedMs <= endedMs,
  );
  const offeredSeconds = (endedMs - startMs) / 1000;
  const goodput = good.length / offeredSeconds;
  const round = {
    factor,
    goodputOfCapacity: goodput / capacity,
    healthP99Ms: percentile(health, 0.99),
    recoveredMs,
  };
  print("overload-round", {
    ...round,
    capacityPerSecond: capacity,
    offeredPerSecond: verifies.length / offeredSeconds,
    goodputPerSecond: goodput,
    okP50Ms: percentile(sortedMs(good), 0.5),
    okP99Ms: percentile(sortedMs(good), 0.99),
    refusedP50Ms: percentile(sortedMs(verifies.filter(({ status }) => status === 503)), 0.5),
    statuses: JSON.stringify(statusCounts(verifies)),
  });
  return round;
}

const medianOf = (rounds: readonly Round[], of: (round: Round) => number) =>
  percentile(Float64Array.from(rounds, of).sort(), 0.5);

const data = await mkdtemp(join(tmpdir(), "voiceroll-overload-"));
const server = await start(data, { MAX_CONNECTIONS_PER_ADDRESS: "1000" });
for (const take of [1, 2, 3, 4])
  await send(server, "/speakers/awb/enroll", await readFile(join(SAMPLES, `awb/${take}.wav`)));
const clip = await readFile(join(SAMPLES, "awb/5.wav"));
await capacityOf(server, clip);
const factors = values.factors.split(",").map(Number);
const rounds: Round[] = [];
for (let i = 0; i < Number(values.rounds); i++)
  for (const factor of factors)
    rounds.push(await measure(server, clip, factor, await capacityOf(server, clip)));
for (const factor of factors) {
  const own = rounds.filter((round) => round.factor === factor);
  print("overload", {
    factor,
    rounds: own.length,
    goodputOfCapacity: medianOf(own, (round) => round.goodputOfCapacity),
    healthP99Ms: medianOf(own, (round) => round.healthP99Ms),
    recoveredMs: Math.max(...own.map((round) => round.recoveredMs)),
    ...machine(),
  });
}
closeConnections();
await stop(server);
await rm(data, { recursive: true });
