import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { MAX_INLINE_BYTES } from "../../clients/typescript/src/audio.ts";
import { ProblemError, Voiceroll } from "../../clients/typescript/src/index.ts";
import { temporaryFolder } from "../cli/run.ts";
import { ROOT, startProcess } from "../functions/process.ts";
import { fakeClip } from "../support/fake-embedder.ts";

const clip = (voice: string, take: number) => new Uint8Array(fakeClip(`voice=${voice} take=${take}`).bytes);

/** A client of a real server with the fake embedder. */
async function opened(): Promise<Voiceroll> {
  const server = await startProcess("test/functions/fake-server.ts", { VOICEROLL_DATA: temporaryFolder() });
  onTestFinished(() => void server.child.kill("SIGKILL"));
  return new Voiceroll({ url: server.url, key: /key (\S+)/.exec(server.output())?.[1] ?? "" });
}

type Answer = { status: number; headers?: Record<string, string>; body?: object } | "hang up";
/** A server that gives one answer after the other, and the requests that it got. */
async function answering(...answers: readonly Answer[]) {
  const got: { method: string; key: string | undefined }[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    for await (const _ of request);
    const answer = answers[got.length] ?? { status: 200, body: { speakers: [], next: null } };
    got.push({ method: request.method ?? "", key: request.headers["idempotency-key"]?.toString() });
    if (answer === "hang up") return void request.socket.destroy();
    response.writeHead(answer.status, { "Content-Type": "application/json", ...answer.headers });
    response.end(JSON.stringify(answer.body ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, got };
}
const soon = { "Retry-After": "0" };

test("enrolls several recordings, verifies, identifies, compares and lists speakers", async () => {
  const voiceroll = await opened();
  const takes = [1, 2, 3, 4];
  const { speaker } = await voiceroll.enroll(
    "alice",
    takes.map((n) => clip("alice", n)),
    { name: "Alice" },
  );
  expect(speaker).toMatchObject({ id: "alice", name: "Alice", clips: 4 });
  await voiceroll.enroll("bob", [new Blob([clip("bob", 1)]), clip("bob", 2).buffer]);
  expect(await voiceroll.verify("alice", clip("alice", 9))).toMatchObject({ decision: "accept" });
  expect(await voiceroll.identify(clip("alice", 8), { limit: 1 })).toMatchObject({ decision: "match" });
  expect(await voiceroll.compare(clip("carol", 1), clip("dave", 1))).toMatchObject({ decision: "reject" });
  const ids = [];
  for await (const { id } of voiceroll.speakers()) ids.push(id);
  expect(ids.toSorted()).toEqual(["alice", "bob"]);
});

test("an embedding stands in for its recording", async () => {
  const voiceroll = await opened();
  await voiceroll.enroll("alice", [clip("alice", 1), clip("alice", 2)]);
  await voiceroll.api.PATCH("/registry", { body: { embeddings: true } });
  const probe = await voiceroll.embed(clip("alice", 9));
  const { decision, warnings } = await voiceroll.verify("alice", probe);
  expect(decision).toBe("accept");
  expect(warnings).toContain("probe-embedding");
  expect(await voiceroll.identify(probe, { limit: 1 })).toMatchObject({ decision: "match" });
});

test("uploads a recording that doesn't fit into a body", async () => {
  const voiceroll = await opened();
  const short = await readFile(join(ROOT, "samples/awb/1.wav"));
  // The header names 64,000 bytes of samples; a player ignores what follows them.
  const long = Buffer.concat([short, Buffer.alloc(MAX_INLINE_BYTES)]);
  const upload = await voiceroll.upload(long, { mediaType: "audio/wav" });
  const { data } = await voiceroll.api.GET("/uploads/{uploadId}", {
    params: { path: { uploadId: upload.id } },
  });
  expect(data).toMatchObject({ state: "arrived", bytes: long.length });
  await expect(voiceroll.enroll("alice", long)).rejects.toBeInstanceOf(ProblemError);
});

test("waits for a job until it is done", async () => {
  const voiceroll = await opened();
  await voiceroll.enroll("alice", [clip("alice", 1), clip("alice", 2)]);
  const { data: job } = await voiceroll.api.POST("/jobs", { body: { kind: "refresh-statistics" } });
  expect(job && (await voiceroll.waitForJob(job))).toMatchObject({ state: "done", problem: null });
});

test("throws problems with their slug, and never repeats those that last", async () => {
  const voiceroll = await opened();
  const failed = await voiceroll.verify("nobody", clip("alice", 1)).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(ProblemError);
  expect(failed).toMatchObject({ slug: "speaker-not-found", status: 404, requestId: /^req_/ });
  const wrong = await voiceroll
    .enroll("alice", clip("alice", 1), { name: "" })
    .catch((error: unknown) => error);
  expect(wrong).toMatchObject({ slug: "validation-failed", errors: [{ pointer: "/name" }] });
});

test("repeats a request with the same Idempotency-Key until it succeeds", async () => {
  const { url, got } = await answering({ status: 503, headers: soon }, "hang up", { status: 504 });
  await new Voiceroll({ url, key: "k" }).api.POST("/speakers", { body: { id: "alice" } });
  expect(got.map(({ method }) => method)).toEqual(["POST", "POST", "POST", "POST"]);
  expect(got[0]?.key).toMatch(/^[0-9a-f-]{36}$/);
  expect(new Set(got.map(({ key }) => key)).size).toBe(1);
});

test("leaves long waits and the last attempt to the caller", async () => {
  const patient = await answering({ status: 429, headers: { "Retry-After": "31" } });
  const refused = new Voiceroll({ url: patient.url, key: "k" }).verify("alice", clip("alice", 1));
  await expect(refused).rejects.toMatchObject({ status: 429, retryAfterSeconds: 31 });
  expect(patient.got).toHaveLength(1);
  const down = await answering(...Array<Answer>(3).fill({ status: 503, headers: soon }));
  const gone = new Voiceroll({ url: down.url, key: "k", retries: { attempts: 2 } }).api.GET("/speakers");
  await expect(gone).rejects.toMatchObject({ status: 503 });
  expect(down.got.map(({ key }) => key)).toEqual([undefined, undefined]);
});

test("doesn't repeat the creation of a key whose reply was lost", async () => {
  const { url, got } = await answering("hang up");
  const lost = new Voiceroll({ url, key: "k" }).api.POST("/keys", {
    body: { name: "door", scopes: ["verify"] },
  });
  await expect(lost).rejects.toThrow();
  expect(got).toHaveLength(1);
});
