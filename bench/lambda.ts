/**
 * `npm run bench:lambda`: runs the function that `npm run build:lambda` builds under a local
 * Runtime API. Times its start, its first request and later ones.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { arch, tmpdir } from "node:os";
import { join } from "node:path";
import { type Architecture, buildLambda, ROOT } from "../infra/build/build-lambda.ts";
import { filesIn } from "../infra/build/files.ts";
import { gatewayEvent, replyOf, type Sent } from "../test/support/lambda-events.ts";
import { type LambdaFunction, startFunction } from "../test/support/lambda-runtime.ts";
import { type LambdaTimes, lambdaTimes } from "../test/support/lambda-times.ts";
import { percentile } from "../test/support/percentile.ts";
import { machine, print } from "./measure.ts";

const STARTS = 5;
const RUNS = 100;

const parent = await mkdtemp(join(tmpdir(), "voiceroll-bench-"));
const folder = join(parent, "task");
const entries = { local: join(ROOT, "test/lambda/local-entry.ts") };
await buildLambda({ architecture: arch() as Architecture, folder, entries, model: "models/ecapa-c256" });
const bytes = (await filesIn(folder)).reduce((sum, file) => sum + file.bytes, 0);
print("lambda-folder", { architecture: arch(), unzippedMb: bytes / 1e6, ...machine() });

const env = { VOICEROLL_DATA: join(parent, "data"), VOICEROLL_TEST_KEY: join(parent, "key") };
const start = () => startFunction(folder, "local.handler", env);
const wav = { "Content-Type": "audio/wav" };
const sample = (name: string) => readFile(join(ROOT, `samples/${name}.wav`));

async function send(started: LambdaFunction, sent: Sent): Promise<void> {
  const key = await readFile(join(parent, "key"), "utf8");
  const headers = { Authorization: `Bearer ${key}`, ...sent.headers };
  const reply = replyOf(await started.invoke(gatewayEvent({ ...sent, headers })));
  if (reply.status >= 300) throw new Error(`${sent.path}: ${reply.status} ${reply.text}`);
}

const first = await start();
for (const take of [1, 2, 3, 4])
  await send(first, {
    method: "POST",
    path: "/speakers/awb/enroll",
    headers: wav,
    body: await sample(`awb/${take}`),
  });
await first.close();

const clip = await sample("awb/5");
const verify = (started: LambdaFunction) =>
  send(started, { method: "POST", path: "/verify", query: "speaker=awb", headers: wav, body: clip });
const times: LambdaTimes[] = [];
for (let i = 0; i < STARTS; i++) times.push(await lambdaTimes(start, verify, RUNS));
const median = (pick: (one: LambdaTimes) => number | undefined) =>
  percentile(Float64Array.from(times, (one) => pick(one) ?? Number.NaN).sort(), 0.5);
print("lambda-bundle", {
  starts: STARTS,
  initMs: median((one) => one.initMs),
  firstVerifyMs: median((one) => one.firstVerifyMs),
  steadyP50Ms: median((one) => one.steadyP50Ms),
  steadyP99Ms: median((one) => one.steadyP99Ms),
  residentMb: median((one) => one.residentMb),
});
await rm(parent, { recursive: true, force: true });
