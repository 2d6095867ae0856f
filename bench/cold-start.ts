/**
 * `npm run bench:cold-start`: starts the deployed API function under a local Runtime API, on
 * DynamoDB Local and an S3 server, and times its init and its first verification.
 *
 * Options: --starts 9, --beside FOLDER (takes turns with another build of the function, such as
 * ../before/dist/lambda/x64/lambda), --compiled (takes turns with starts that read V8's compiled
 * code from an earlier one)
 */
import { execFileSync } from "node:child_process";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { arch, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Architecture, buildLambda, entryOf, ROOT } from "../infra/build/build-lambda.ts";
import { filesIn } from "../infra/build/files.ts";
import { FUNCTION_PARTS } from "../infra/build/function-parts.ts";
import { awsServices } from "../lib/adapters/aws/services.ts";
import { issueKey } from "../lib/domain/registry/key.ts";
import { ensureRegistry } from "../lib/domain/registry/registry.ts";
import { SCOPES } from "../lib/schema/key.ts";
import { createBucket, createTable, standInClients } from "../test/support/aws.ts";
import { fakeEmbedder } from "../test/support/fake-embedder.ts";
import { fakeModelData } from "../test/support/fake-world.ts";
import { gatewayEvent, replyOf } from "../test/support/lambda-events.ts";
import { type LambdaFunction, startFunction } from "../test/support/lambda-runtime.ts";
import { percentile } from "../test/support/percentile.ts";
import { startStandIns } from "../test/support/stand-ins.ts";
import { machine, print } from "./measure.ts";

const { values } = parseArgs({
  options: {
    beside: { type: "string" },
    compiled: { type: "boolean", default: false },
    starts: { type: "string" },
  },
});
const starts = Number(values.starts ?? 9);
const secret = Buffer.alloc(32, 7);

const parent = await mkdtemp(join(tmpdir(), "voiceroll-bench-"));
type Build = { name: string; folder: string; env?: Record<string, string> };
const folders = { this: join(parent, "this"), beside: join(parent, "beside") };
const NODE_COMPILE_CACHE = join(parent, "compiled");
await buildLambda({
  architecture: arch() as Architecture,
  folder: folders.this,
  entries: { lambda: entryOf("lambda") },
  model: "models/ecapa-c256",
  parts: FUNCTION_PARTS.lambda,
});
if (values.beside) await cp(values.beside, folders.beside, { recursive: true });

const standIns = await startStandIns();
const clients = standInClients(standIns);
const [table, bucket] = await Promise.all([createTable(clients.dynamodb), createBucket(clients.s3)]);
const services = awsServices({ table, bucket, secret, clients, ...fakeModelData(fakeEmbedder()) });
const { registryId } = await ensureRegistry(services, "bench");
const { token } = await issueKey(services, { registryId, name: "bench", scopes: SCOPES });
const env = {
  VOICEROLL_TABLE: table,
  VOICEROLL_BUCKET: bucket,
  VOICEROLL_KMS_KEY_ID: "arn:aws:kms:eu-central-1:123456789012:key/0",
  VOICEROLL_JOB_QUEUE_URL: `${standIns.s3}/123456789012/jobs`,
  VOICEROLL_SECRET: secret.toString("base64"),
  AWS_ACCESS_KEY_ID: "voiceroll",
  AWS_SECRET_ACCESS_KEY: "voiceroll",
  AWS_ENDPOINT_URL_DYNAMODB: standIns.dynamodb,
  AWS_ENDPOINT_URL_S3: standIns.s3,
};

const sample = (name: string) => readFile(join(ROOT, `samples/${name}.wav`));

async function post(to: LambdaFunction, path: string, body: Uint8Array, query = ""): Promise<number> {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "audio/wav" };
  const began = performance.now();
  const reply = replyOf(await to.invoke(gatewayEvent({ method: "POST", path, query, headers, body })));
  if (reply.status >= 300) throw new Error(`${path}: ${reply.status} ${reply.text}`);
  return performance.now() - began;
}

type Start = { initMs: number; initCpuMs: number; verifyMs: number; verifyCpuMs: number; residentMb: number };

async function timed(build: Build, probe: Uint8Array): Promise<Start> {
  const started = await startFunction(build.folder, "lambda.handler", { ...env, ...build.env });
  try {
    const initCpuMs = await started.processorMs();
    const verifyMs = await post(started, "/verify", probe, "speaker=awb");
    const verifyCpuMs = (await started.processorMs()) - initCpuMs;
    const residentMb = (await started.residentMb()) ?? Number.NaN;
    return { initMs: started.initMs, initCpuMs, verifyMs, verifyCpuMs, residentMb };
  } finally {
    await started.close();
  }
}

const first = await startFunction(folders.this, "lambda.handler", env);
for (const take of [1, 2, 3, 4]) await post(first, "/speakers/awb/enroll", await sample(`awb/${take}`));
await first.close();

if (values.compiled) {
  // Node keeps compiled code when a process ends by itself, which a function doesn't.
  const path = join(folders.this, "lambda.mjs");
  const once = ["--input-type=module", "--eval", `await import(${JSON.stringify(path)}); process.exit()`];
  execFileSync(process.execPath, once, {
    cwd: folders.this,
    env: { ...process.env, ...env, NODE_COMPILE_CACHE },
  });
}

print("machine", machine());
const builds: readonly Build[] = [
  ...(values.beside ? [{ name: "beside", folder: folders.beside }] : []),
  { name: "this", folder: folders.this },
  ...(values.compiled ? [{ name: "compiled", folder: folders.this, env: { NODE_COMPILE_CACHE } }] : []),
];
const probe = await sample("awb/5");
const times = new Map<Build, Start[]>(builds.map((build) => [build, []]));
for (let i = 0; i < starts; i++)
  for (const build of builds) times.get(build)?.push(await timed(build, probe));
for (const [{ name, folder }, all] of times) {
  const median = (pick: (one: Start) => number) => percentile(Float64Array.from(all, pick).sort(), 0.5);
  print(`cold-start-${name}`, {
    starts,
    initMs: median((one) => one.initMs),
    firstVerifyMs: median((one) => one.verifyMs),
    sumMs: median((one) => one.initMs + one.verifyMs),
    initCpuMs: median((one) => one.initCpuMs),
    verifyCpuMs: median((one) => one.verifyCpuMs),
    residentMb: median((one) => one.residentMb),
    unzippedMb: (await filesIn(folder)).reduce((sum, { bytes }) => sum + bytes, 0) / 1e6,
  });
}
await services.close();
standIns.close();
await rm(parent, { recursive: true, force: true });
