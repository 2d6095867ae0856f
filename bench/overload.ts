/**
 * `npm run bench:overload`: what a server still answers when more is asked of it than it can do. One generator on the same
 * cores sends at a fixed rate, whatever comes back. Prints a JSON line for the capacity and one for each rate.
 *
 * goodput  verifications answered with 200 within 5 s, a second
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { percentile } from "../test/support/percentile.ts";
import { machine, print } from "./measure.ts";
import { type Running, start, stop } from "./server.ts";

const SAMPLES = join(import.meta.dirname, "../samples");
const GOOD_MS = 5000;
const HEALTH_EVERY_MS = 50;
const GIVE_UP_MS = 40_000;

type Reply = { status: number; ms: number; endedMs: number };

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "20" },
    factors: { type: "string", default: "1,2,5,10" },
  },
});
const seconds = Number(values.seconds);
const agent = new Agent({ keepAlive: true, maxSockets: 900 });
const healthAgent = new Agent({ keepAlive: true });

/** Status 0: the connection failed, or no reply came within 40 s. */
function send(server: Running, path: string, body?: Buffer): Promise<Reply> {
  const begin = performance.now();
  return new Promise((resolve) => {
    const done = (status: number) => {
      const endedMs = performance.now();
      resolve({ status, ms: endedMs - begin, endedMs });
    };
    const sent = request(server.url + path, {
      agent: body ? agent : healthAgent,
      method: body ? "POST" : "GET",
      timeout: GIVE_UP_MS,
      headers: {
        authorization: `Bearer ${server.key}`,
        ...(body ? { "content-type": "audio/wav", "content-length": body.length } : {}),
      },
    });
    sent.on("response", (reply) => {
      reply.resume();
      reply.on("end", () => done(reply.statusCode ?? 0));
      reply.on("error", () => done(0));
    });
    sent.on("timeout", () => sent.destroy(new Error("late")));
    sent.on("error", () => done(0));
    sent.end(body);
  });
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Verifications a second when four callers each wait for their reply. */
async function capacityOf(server: Running, clip: Buffer): Promise<number> {
  const end = performance.now() + 10_000;
  let answered = 0;
  const caller = async () => {
    while (performance.now() < end)
      if ((await send(server, "/verify?speaker=awb", clip)).status === 200) answered += 1;
  };
  await Promise.all(Array.from({ length: 4 }, caller));
  return answered / 10;
}

async function offer(server: Running, clip: Buffer, perSecond: number) {
  const [verifies, health]: [Promise<Reply>[], Promise<Reply>[]] = [[], []];
  const begin = performance.now();
  let nextHealth = begin;
  for (let i = 0; ; i++) {
    const due = begin + (i * 1000) / perSecond;
    if (due - begin > seconds * 1000) break;
    for (; nextHealth <= due; nextHealth += HEALTH_EVERY_MS) health.push(send(server, "/health"));
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    verifies.push(send(server, "/verify?speaker=awb", clip));
  }
  const endedMs = performance.now();
  const recoveredMs = await recovery(server, clip, endedMs);
  return {
    verifies: await Promise.all(verifies),
    health: await Promise.all(health),
    begin,
    endedMs,
    recoveredMs,
  };
}

/** How long after the load's end a verification is answered within 500 ms. */
async function recovery(server: Running, clip: Buffer, endedMs: number): Promise<number> {
  for (;;) {
    const { status, ms } = await send(server, "/verify?speaker=awb", clip);
    if (status === 200 && ms < 500) return performance.now() - endedMs;
    if (performance.now() - endedMs > 120_000) return Number.POSITIVE_INFINITY;
    await sleep(20);
  }
}

const counted = (replies: readonly Reply[]) =>
  Object.fromEntries(
    [...new Set(replies.map(({ status }) => status))]
      .sort()
      .map((status) => [status, replies.filter((reply) => reply.status === status).length]),
  );

const sortedMs = (replies: readonly Reply[]) => Float64Array.from(replies, ({ ms }) => ms).sort();

const data = await mkdtemp(join(tmpdir(), "voiceroll-overload-"));
const server = await start(data, { MAX_CONNECTIONS_PER_ADDRESS: "1000" });
for (const take of [1, 2, 3, 4])
  await send(server, "/speakers/awb/enroll", await readFile(join(SAMPLES, `awb/${take}.wav`)));
const clip = await readFile(join(SAMPLES, "awb/5.wav"));
await capacityOf(server, clip);
const capacity = await capacityOf(server, clip);
print("overload-capacity", { perSecond: capacity, callers: 4, ...machine() });
for (const factor of values.factors.split(",").map(Number)) {
  const { verifies, health, begin, endedMs, recoveredMs } = await offer(server, clip, factor * capacity);
  const good = verifies.filter(
    (reply) => reply.status === 200 && reply.ms < GOOD_MS && reply.endedMs <= endedMs,
  );
  const goodput = good.length / ((endedMs - begin) / 1000);
  print("overload", {
    factor,
    offeredPerSecond: verifies.length / ((endedMs - begin) / 1000),
    goodputPerSecond: goodput,
    goodputOfCapacity: goodput / capacity,
    okP50Ms: percentile(sortedMs(good), 0.5),
    okP99Ms: percentile(sortedMs(good), 0.99),
    refusedP50Ms: percentile(sortedMs(verifies.filter(({ status }) => status === 503)), 0.5),
    healthP99Ms: percentile(sortedMs(health), 0.99),
    recoveredMs,
    statuses: JSON.stringify(counted(verifies)),
  });
}
agent.destroy();
healthAgent.destroy();
await stop(server);
await rm(data, { recursive: true });
