/**
 * How long the longest bodies, and a calibration, keep other requests waiting, in milliseconds, as
 * JSON lines. The fake embedder takes no time.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { createApp } from "../functions/app.ts";
import { backgroundTaskRunner } from "../functions/node/background-tasks.ts";
import { localServices } from "../lib/adapters/local/services.ts";
import { issueKey } from "../lib/domain/registry/key.ts";
import { ensureRegistry, updateRegistry } from "../lib/domain/registry/registry.ts";
import { SCOPES } from "../lib/schema/key.ts";
import { fakeClip, fakeEmbedder } from "../test/support/fake-embedder.ts";
import { fakeModelData } from "../test/support/fake-world.ts";

const RUNS = 5;
const MOST_BYTES = 4.4 * 1024 * 1024;
const SPEAKERS = 80;

const folder = await mkdtemp(join(tmpdir(), "voiceroll-bodies-"));
const services = localServices(folder, fakeModelData(fakeEmbedder()));
const { registryId } = await ensureRegistry(services, "bench");
await updateRegistry(services, { registryId, settings: { requestsPerMinute: undefined } });
const { token } = await issueKey(services, { registryId, name: "bench", scopes: SCOPES });
const app = createApp(services, { log: () => undefined });
const call = (method: string, path: string, body: Uint8Array<ArrayBuffer>) => {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  return app.request(path, { method, headers, body });
};
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const many = <T>(count: number, item: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => item(i));
/** As many repetitions as fit into the longest body. */
const filled = (head: string, item: string, tail: string) => {
  const count = Math.floor((MOST_BYTES - head.length - tail.length) / item.length);
  return new TextEncoder().encode(head + item.repeat(count) + tail);
};

type Delays = { cpu: number[]; wall: number[] };

/**
 * The longest that the event loop was busy at a stretch, of each run: in processor time of its
 * thread, which other processes don't change, and in elapsed time.
 */
async function longestDelays(work: () => Promise<unknown>, runs = RUNS): Promise<Delays> {
  const delays: Delays = { cpu: [], wall: [] };
  const cpuNow = () => process.threadCpuUsage().user / 1000 + process.threadCpuUsage().system / 1000;
  for (let run = 0; run < runs; run++) {
    let [longest, longestWall, done] = [0, 0, false];
    const working = work().finally(() => {
      done = true;
    });
    for (let [cpu, wall] = [cpuNow(), performance.now()]; !done; ) {
      await setImmediate();
      const now = [cpuNow(), performance.now()] as const;
      longest = Math.max(longest, now[0] - cpu);
      longestWall = Math.max(longestWall, now[1] - wall);
      [cpu, wall] = now;
    }
    await working;
    delays.cpu.push(Math.round(longest));
    delays.wall.push(Math.round(longestWall));
  }
  return delays;
}

const line = (i: number) => ({ speaker: `speaker-${i}`, audio: { base64: clip(`voice=${i} take=1`) } });
const clip = (text: string) => Buffer.from(fakeClip(text).bytes).toString("base64");
const padding = "A".repeat(4 * Math.floor(MOST_BYTES / 500 / 4 - 20));
const side = (speaker: number) => ({ speaker: `${speaker}`, clip: "clp_0" });
const trials = many(50_000, (i) => ({
  label: i % 2,
  enrolled: { speaker: `${i % 99}` },
  probe: side(i % 97),
}));
const bodies: readonly [string, string, string, Uint8Array<ArrayBuffer>][] = [
  ["50,000 trials", "POST", "/calibrations", bytes({ from: "trials", trials })],
  [
    "500 clips, 4.4 MB",
    "POST",
    "/cohorts",
    bytes({ clips: many(500, () => ({ audio: { base64: padding } })) }),
  ],
  [
    "2,000 members",
    "PUT",
    "/groups/team/members",
    bytes({ speakers: many(2000, (i) => `speaker-${i}${"x".repeat(100)}`) }),
  ],
  ["1,000 lines", "POST", "/jobs", bytes({ kind: "enroll-batch", lines: many(1000, line) })],
];
const routes = [
  ["POST", "/calibrations", '{"from":"trials","trials":['],
  ["POST", "/cohorts", '{"clips":['],
  ["PUT", "/groups/team/members", '{"speakers":['],
  ["POST", "/jobs", '{"kind":"enroll-batch","lines":['],
] as const;
const hostile = routes.flatMap(([method, path, head]) =>
  [
    ["numbers", filled(head, "1,", "1]}")],
    ["empty objects", filled(head, "{},", "{}]}")],
    ["wrong elements", filled(head, '{"label":2,"x":[]},', "{}]}")],
    ["one deep element", filled(`${head}[`, "[0],", "0]]}")],
    ["one long string", filled(`${head}"`, "x", '"]}')],
    ["escapes", filled(`${head}"`, "\\u0041", '"]}')],
    ["forbidden names", filled(head, '{"__proto__":1},', "{}]}")],
  ].map(([name, body]) => [`hostile: ${name}`, method, path, body] as (typeof bodies)[number]),
);

await call("PUT", "/groups/team", bytes({ name: "Team" }));
for (const [name, method, path, body] of [...bodies, ...hostile]) {
  let status = 0;
  const delays = await longestDelays(async () => {
    status = (await call(method, path, body)).status;
  });
  process.stdout.write(`${JSON.stringify({ path, name, bytes: body.length, status, ...delays })}\n`);
}

for (let i = 0; i < SPEAKERS; i++) {
  const audio = many(8, (take) => ({ base64: clip(`voice=voice-${i} take=${take}`) }));
  await call("POST", `/speakers/voice-${i}/enroll`, bytes({ audio }));
}
const run = backgroundTaskRunner(services, { folder, report: (error) => process.stderr.write(`${error}\n`) });
const started = performance.now();
const delays = await longestDelays(async () => {
  const reply = await call("POST", "/calibrations", bytes({ from: "registry" }));
  const { id: jobId } = (await reply.json()) as { id: `job_${string}` };
  await run({ kind: "job", registryId, jobId }, new AbortController().signal);
}, 1);
const seconds = Math.round((performance.now() - started) / 1000);
const [record] = await services.calibrations.list(registryId, services.embedder.model.modelId);
if (!record) throw new RangeError("no calibration was fitted");
const trialsFitted = record.report.genuineTrials + record.report.impostorTrials;
process.stdout.write(
  `${JSON.stringify({ name: "calibration in its thread", trialsFitted, seconds, ...delays })}\n`,
);
await services.close();
await rm(folder, { recursive: true, force: true });
