/**
 * `npm run bench:aws`: sends requests through the Lambda handler, with the bundled model, DynamoDB
 * Local and an S3 server. Prints the capacity they consume, their latency, and the requests per
 * second and core. Then runs 64 writers of one speaker.
 */
import { readFile } from "node:fs/promises";
import { lambdaHandler } from "../functions/aws/lambda-app.ts";
import { awsServices } from "../lib/adapters/aws/services.ts";
import { openBundle } from "../lib/adapters/model/bundle.ts";
import { issueKey } from "../lib/domain/registry/key.ts";
import { ensureRegistry, updateRegistry } from "../lib/domain/registry/registry.ts";
import { historySettings } from "../lib/domain/registry/settings.ts";
import { SCOPES } from "../lib/schema/key.ts";
import { createBucket, createTable, standInClients } from "../test/support/aws.ts";
import { meterOf } from "../test/support/capacity.ts";
import { gatewayEvent, replyOf } from "../test/support/lambda-events.ts";
import { percentile } from "../test/support/percentile.ts";
import { startStandIns } from "../test/support/stand-ins.ts";
import { writersOfOneSpeaker } from "./aws-writers.ts";
import { machine, print, timed } from "./measure.ts";

const ENROLLMENTS = 50;
const DECISIONS = 200;

const standIns = await startStandIns();
const clients = standInClients(standIns);
const [table, bucket] = await Promise.all([createTable(clients.dynamodb), createBucket(clients.s3)]);
const place = { table, bucket, secret: new Uint8Array(32), clients };
const services = awsServices({ ...place, ...(await openBundle({ workers: 0 })) });
const { registryId } = await ensureRegistry(services, "bench");
// All speakers have one voice, so no search finds a match.
await updateRegistry(services, { registryId, settings: { guessing: { misses: 0 } } });
const { token } = await issueKey(services, { registryId, name: "bench", scopes: SCOPES });
const handler = lambdaHandler(services, { log: () => {} });
const invocation = { awsRequestId: "bench", getRemainingTimeInMillis: () => 30_000 };

async function post(path: string, query: string, body: Uint8Array): Promise<void> {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "audio/wav" };
  const event = gatewayEvent({ method: "POST", path, query, headers, body });
  const { status, text } = replyOf(await handler(event, invocation));
  if (status >= 300) throw new Error(`${path}: ${status} ${text}`);
}

const sample = (name: string) => readFile(`samples/${name}.wav`);
const [first, next, ...probes] = await Promise.all(["slt/1", "slt/2", "slt/3", "slt/4", "slt/5"].map(sample));
/** The first call fills caches. The second is counted: an accept of a recording that is new. */
let probed = 0;
const nextProbe = () => probes[probed++ % probes.length];
let firstClips = 0;
let nextClips = 0;
type Operation = { prepare?: () => Promise<unknown>; runs: number; work(): Promise<void> };
const operations: Readonly<Record<string, Operation>> = {
  "enroll-first-clip": {
    runs: ENROLLMENTS,
    work: () => post(`/speakers/s${firstClips++}/enroll`, "", first),
  },
  "enroll-next-clip": {
    runs: ENROLLMENTS - 10,
    work: () => post(`/speakers/s${nextClips++}/enroll`, "", next),
  },
  verify: { runs: DECISIONS, work: () => post("/verify", "speaker=s3", nextProbe()) },
  identify: { runs: DECISIONS, work: () => post("/identify", "", nextProbe()) },
  "verify-with-history": {
    prepare: () =>
      updateRegistry(services, { registryId, settings: historySettings(true, services.clock.now()) }),
    runs: ENROLLMENTS,
    work: () => post("/verify", "speaker=s3", nextProbe()),
  },
};

print("machine", machine());
const meter = meterOf(clients.dynamodb);
for (const [name, { prepare, runs, work }] of Object.entries(operations)) {
  await prepare?.();
  await work();
  const { read, write, calls } = await meter(work);
  const before = process.cpuUsage();
  const start = performance.now();
  const times = await timed(runs, work);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  // `timed` also does a few warm-up runs, which it does not count.
  const done = runs + Math.min(5, runs);
  print(`aws-${name}`, {
    calls: calls.join(", "),
    readUnits: read,
    writeUnits: write,
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
    perSecond: done / seconds,
    perSecondAndCore: done / ((user + system) / 1e6),
  });
}
await writersOfOneSpeaker(place);
await services.close();
standIns.close();
