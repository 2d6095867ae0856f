import { mkdtemp, readFile, rm } from "node:fs/promises";
import { arch, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { typeOf } from "../../functions/http/replies/problem.ts";
import { type Architecture, buildLambda, entryOf, ROOT } from "../../infra/build/build-lambda.ts";
import { functionUrlEvent, gatewayEvent, replyOf, type Sent } from "../support/lambda-events.ts";
import { type LambdaFunction, startFunction } from "../support/lambda-runtime.ts";
import { lambdaTimes } from "../support/lambda-times.ts";

let parent = "";
let started: LambdaFunction;
let key = "";
let start: () => Promise<LambdaFunction>;

/**
 * Built into a folder outside the repository, so that the process can't load the repository's
 * packages.
 */
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "voiceroll-lambda-"));
  const folder = join(parent, "task");
  const entries = { lambda: entryOf("lambda"), local: join(ROOT, "test/lambda/local-entry.ts") };
  await buildLambda({ architecture: arch() as Architecture, folder, entries, model: "models/ecapa-c256" });
  const env = { VOICEROLL_DATA: join(parent, "data"), VOICEROLL_TEST_KEY: join(parent, "key") };
  start = () => startFunction(folder, "local.handler", env);
  started = await start();
  key = await readFile(join(parent, "key"), "utf8");
});

afterAll(async () => {
  await started?.close();
  await rm(parent, { recursive: true, force: true });
});

const sample = (name: string) => readFile(join(ROOT, `samples/${name}.wav`));
const wav = { "Content-Type": "audio/wav" };
const json = { "Content-Type": "application/json" };

async function send(sent: Sent, remainingMs?: number) {
  const headers = { Authorization: `Bearer ${key}`, ...sent.headers };
  return replyOf(await started.invoke(gatewayEvent({ ...sent, headers }), remainingMs));
}

const enroll = async (name: string) =>
  send({
    method: "POST",
    path: `/speakers/${name.split("/")[0]}/enroll`,
    headers: wav,
    body: await sample(name),
  });
const verify = async (speaker: string, name: string) =>
  send({
    method: "POST",
    path: "/verify",
    query: `speaker=${speaker}`,
    headers: wav,
    body: await sample(name),
  });

test("replies to API Gateway and to function URLs alike", async () => {
  for (const event of [gatewayEvent, functionUrlEvent]) {
    const health = replyOf(await started.invoke(event({ path: "/health" })));
    expect([health.status, health.body]).toEqual([200, { status: "ok" }]);
    const ready = replyOf(await started.invoke(event({ path: "/ready" })));
    expect([ready.status, ready.body.status, ready.body.modelName]).toEqual([200, "ready", "ecapa-c256"]);
  }
});

test("enrolls, verifies and identifies a voice from a binary body", async () => {
  for (const take of [1, 2, 3, 4]) expect((await enroll(`awb/${take}`)).status).toBe(201);
  expect((await enroll("rms/1")).status).toBe(201);
  expect((await verify("awb", "awb/5")).body.decision).toBe("accept");
  expect((await verify("awb", "slt/1")).body.decision).toBe("reject");
  const found = await send({ method: "POST", path: "/identify", headers: wav, body: await sample("awb/6") });
  expect([found.body.decision, found.body.candidates[0].speaker]).toEqual(["match", "awb"]);
});

test("reads a JSON body that arrives as text", async () => {
  const audio = { base64: (await sample("awb/5")).toString("base64") };
  const body = JSON.stringify({ speaker: "awb", audio });
  const reply = await send({ method: "POST", path: "/verify", headers: json, body });
  expect([reply.status, reply.body.decision]).toEqual([200, "accept"]);
});

test("reads a multipart body", async () => {
  const form = new FormData();
  form.append("audio", new File([await sample("awb/6")], "6.wav", { type: "audio/wav" }));
  form.append("speaker", "awb");
  const encoded = new Response(form);
  const headers = { "Content-Type": encoded.headers.get("Content-Type") ?? "" };
  const body = new Uint8Array(await encoded.arrayBuffer());
  expect((await send({ method: "POST", path: "/verify", headers, body })).body.decision).toBe("accept");
});

test("decodes Opus with the bundled WebAssembly", async () => {
  const body = await readFile(join(ROOT, "test/golden/audio/mono.opus"));
  const headers = { "Content-Type": "audio/ogg" };
  const reply = await send({ method: "POST", path: "/verify", query: "speaker=awb", headers, body });
  expect([reply.status, reply.body.decision]).toEqual([200, "inconclusive"]);
});

test("serves the files of /docs", async () => {
  expect((await send({ path: "/docs" })).text).toContain("swagger-ui-bundle.js");
  expect((await send({ path: "/docs/swagger-ui-bundle.js" })).text.length).toBeGreaterThan(1e6);
  expect((await send({ path: "/openapi.json" })).body.openapi).toBe("3.1.0");
});

test("serves the console, its files and the samples", async () => {
  expect((await send({ path: "/" })).text).toContain("/console/console.js");
  expect((await send({ path: "/console/console.js" })).text.length).toBeGreaterThan(5e4);
  expect((await send({ path: "/console/console.css" })).text).toContain("color-scheme");
  expect((await send({ path: "/console/samples/kal-3.wav" })).text).toContain("WAVE");
});

test("A29 rejects a body that is larger than its Content-Length claims", async () => {
  const body = new Uint8Array(5 << 20);
  for (const length of ["10", "", "0", "-1"]) {
    const headers = { ...wav, "Content-Length": length };
    const reply = await send({ method: "POST", path: "/verify", query: "speaker=awb", headers, body });
    expect([reply.status, reply.body.type]).toEqual([413, typeOf("body-too-large")]);
  }
});

test("A28 measures a text body in bytes, not in characters", async () => {
  const body = `"${"€".repeat(1.6 * 1024 * 1024)}"`;
  const reply = await send({ method: "POST", path: "/verify", headers: json, body });
  expect([reply.status, reply.body.type]).toEqual([413, typeOf("body-too-large")]);
});

test("replies 400 to an event that no HTTP client can cause, and serves the next request", async () => {
  const broken = [
    {
      ...gatewayEvent({ method: "POST", path: "/verify", headers: wav, body: new Uint8Array(8) }),
      body: "%%%",
    },
    { ...gatewayEvent({ path: "/health" }), headers: { "bad name": "x" } },
    { Records: [] },
    {},
    null,
  ];
  for (const event of broken) {
    const reply = replyOf(await started.invoke(event));
    expect([reply.status, reply.headers["content-type"]]).toEqual([400, "application/problem+json"]);
    expect(reply.body).toMatchObject({ type: "about:blank", status: 400 });
  }
  expect((await send({ path: "/health" })).status).toBe(200);
});

test("replies to unknown routes, methods and keys as the server does", async () => {
  expect((await send({ path: "/nothing" })).body.type).toBe(typeOf("route-not-found"));
  const patch = await send({ method: "PATCH", path: "/speakers" });
  expect([patch.status, patch.headers.allow]).toEqual([405, "POST, GET, HEAD"]);
  const stranger = replyOf(await started.invoke(gatewayEvent({ path: "/speakers" })));
  expect([stranger.status, stranger.headers["www-authenticate"]]).toEqual([401, "Bearer"]);
});

test("keeps the #, ? and backslash of a path that a gateway has decoded", async () => {
  for (const path of [
    "/speakers/awb#x",
    "/speakers/awb?x",
    "/speakers/awb\\x",
    "/speakers/awb\t",
    "/speakers/\ud83d",
  ])
    expect((await send({ method: "DELETE", path })).body.type).toBe(typeOf("speaker-not-found"));
  expect((await send({ path: "/speakers/awb" })).status).toBe(200);
});

test("J20 rejects a non-ASCII Idempotency-Key instead of encoding it as ASCII", async () => {
  const headers = { ...wav, "Idempotency-Key": "schlüssel" };
  const reply = await send({
    method: "POST",
    path: "/speakers/new/enroll",
    headers,
    body: await sample("kal/1"),
  });
  expect([reply.status, reply.body.type]).toEqual([400, typeOf("idempotency-key-invalid")]);
});

test("C12 replies before Lambda ends the invocation, and serves the next request", async () => {
  const sent = {
    method: "POST",
    path: "/verify",
    query: "speaker=awb",
    headers: wav,
    body: await sample("awb/5"),
  };
  const late = await send(sent, 501);
  expect([late.status, late.body.type]).toEqual([504, typeOf("deadline-exceeded")]);
  expect((await send(sent)).body.decision).toBe("accept");
});

test("logs one line per request with both request ids, without the key and the speaker id", async () => {
  const reply = await send({ path: "/speakers/awb" });
  const lines = started
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{"));
  const line = lines
    .map((text) => JSON.parse(text))
    .find((one) => one.requestId === reply.headers["x-request-id"]);
  expect(line).toMatchObject({
    route: "/speakers/{id}",
    status: 200,
    awsRequestId: expect.stringMatching(/^invocation/),
  });
  expect(started.output()).not.toContain(key);
  expect(started.output()).not.toMatch(/\bawb\b/);
});

test("serves the first request of a fresh process and prints its timing", async () => {
  const event = gatewayEvent({
    method: "POST",
    path: "/verify",
    query: "speaker=awb",
    headers: { ...wav, Authorization: `Bearer ${key}` },
    body: await sample("awb/5"),
  });
  const verified = async (one: LambdaFunction) =>
    expect(replyOf(await one.invoke(event)).body.decision).toBe("accept");
  console.log("bundle", await lambdaTimes(start, verified, 10));
});

test("stops at init without its environment and names the missing variables", async () => {
  const starting = startFunction(join(parent, "task"), "lambda.handler", { VOICEROLL_TABLE: "table" });
  await expect(starting).rejects.toThrow(/set VOICEROLL_BUCKET, .*VOICEROLL_SECRET in the environment/);
});
