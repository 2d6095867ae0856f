import { expect, test } from "vitest";
import { verifyAudit } from "../../lib/domain/audit/verify.ts";
import { runBackgroundTask } from "../../lib/domain/job/background-task.ts";
import { updateRegistry } from "../../lib/domain/registry/registry.ts";
import { hashOfId } from "../../lib/domain/speaker/id-hash.ts";
import type { AuditEntry } from "../../lib/schema/audit.ts";
import { base64Of, bytesOf, type Client, client, clientOf, json, wav } from "./client.ts";
import { uploaded } from "./upload.ts";

const entriesOf = async (c: Client): Promise<AuditEntry[]> =>
  (await c.call("GET", "/audit?limit=1000")).body.entries;
const shortOf = (entries: readonly AuditEntry[]) =>
  entries.map(({ operation, outcome }) => `${operation} ${outcome}`);
const post = (c: Client, path: string, body: object) =>
  c.call("POST", path, { headers: json, body: JSON.stringify(body) });

test("records every change with its key, speaker and outcome, failures too, and no decision by default", async () => {
  const c = await client();
  await c.enroll("ann", "1", "2");
  await c.enroll("ann", "1");
  await c.call("POST", "/verify?speaker=ann", { headers: wav, body: bytesOf("voice=ann take=3") });
  await c.call("GET", "/speakers/ann");
  await c.call("POST", "/speakers/ann/unlock");
  const clip = (await c.call("GET", "/speakers/ann/clips")).body.clips[0].id;
  await c.call("DELETE", `/speakers/ann/clips/${clip}`);
  const job = (await post(c, "/jobs", { kind: "refresh-statistics" })).body.id;
  await c.call("DELETE", "/speakers/ann");
  await c.call("DELETE", "/speakers/ann");
  const entries = await entriesOf(c);
  expect(shortOf(entries)).toEqual([
    "enroll done",
    "enroll duplicate-clip",
    "unlockSpeaker done",
    "deleteClip done",
    "startJob done",
    "eraseSpeaker done",
    "eraseSpeaker speaker-not-found",
  ]);
  const { registryId, secret, keys } = c.services;
  const [key] = await keys.list(registryId);
  const speaker = hashOfId(secret, registryId, "ann");
  expect(entries[0]).toMatchObject({
    registry: registryId,
    seq: 1,
    key: key?.keyId,
    caller: null,
    speaker,
    details: { clips: 2 },
  });
  expect(entries[3]?.details).toEqual({ clipId: clip });
  expect(entries[4]).toMatchObject({ speaker: null, details: { job, kind: "refresh-statistics" } });
  expect((await verifyAudit(c.services.audit.every(registryId))).broken).toBeUndefined();
});

test("with audit: all, decisions and their failures are recorded, with the caller and without the score", async () => {
  const plain = await client();
  const { registryId } = plain.services;
  const registry = await updateRegistry(plain.services, { registryId, settings: { audit: "all" } });
  const c = await clientOf({ ...plain.services, registry });
  await c.enroll("ann", "1", "2");
  const headers = { ...wav, "Caller-Id": "till 4" };
  const verified = await c.call("POST", "/verify?speaker=ann", {
    headers,
    body: bytesOf("voice=ann take=3"),
  });
  const found = await c.call("POST", "/identify", { headers: wav, body: bytesOf("voice=ann take=4") });
  await c.call("POST", "/verify?speaker=bob", { headers: wav, body: bytesOf("voice=ann take=3") });
  const [, ...decisions] = await entriesOf(c);
  expect(shortOf(decisions)).toEqual([
    `verify ${verified.body.decisionId}`,
    `identify ${found.body.decisionId}`,
    "verify speaker-not-found",
  ]);
  expect(decisions[0]).toMatchObject({ caller: expect.stringMatching(/^[0-9a-f]{64}$/), details: {} });
  expect(decisions[1]).toMatchObject({ caller: null, speaker: null, details: {} });
});

test("a decision at a looser rate than the registry's is always recorded, and so are forced enrollments", async () => {
  const c = await client();
  const audio = { base64: base64Of("voice=ann take=1") };
  await post(c, "/speakers/ann/enroll", { audio, force: true });
  const decide = (far: number) =>
    post(c, "/verify", {
      speaker: "ann",
      audio: { base64: base64Of("voice=ann take=3") },
      operatingPoint: { far },
    });
  await decide(0.001);
  const loose = await decide(0.05);
  expect(loose.status).toBe(200);
  const entries = await entriesOf(c);
  expect(shortOf(entries)).toEqual(["enroll done", `verify ${loose.body.decisionId}`]);
  expect(entries.map(({ details }) => details)).toEqual([{ clips: 1, force: true }, { far: 0.05 }]);
});

test("enrollments by jobs and uploads are recorded with the key that requested them", async () => {
  const c = await client();
  const { registryId, keys } = c.services;
  const [key] = await keys.list(registryId);
  const upload = await uploaded(c, "voice=ann take=4", { enroll: { speaker: "ann" } });
  await runBackgroundTask(c.services, {
    kind: "enroll-upload",
    registryId,
    uploadId: upload as `upl_${string}`,
  });
  const lines = [5, 5].map((take) => ({
    speaker: "ann",
    audio: { base64: base64Of(`voice=ann take=${take}`) },
  }));
  const jobId = (await post(c, "/jobs", { kind: "enroll-batch", lines })).body.id;
  await runBackgroundTask(c.services, { kind: "job", registryId, jobId });
  const entries = await entriesOf(c);
  expect(shortOf(entries)).toEqual(["enroll done", "startJob done", "enroll done", "enroll duplicate-clip"]);
  expect(entries.map((entry) => entry.key)).toEqual(Array(4).fill(key?.keyId));
  expect(entries[0]?.details).toEqual({ upload });
  expect(entries[3]?.details).toEqual({ job: jobId, line: 2, clips: 0 });
});

test("pages through the log from any entry, and every page has the head", async () => {
  const c = await client();
  for (let i = 0; i < 5; i++) await c.call("DELETE", "/speakers/nobody");
  const first = (await c.call("GET", "/audit?from=2&limit=2")).body;
  const second = (await c.call("GET", `/audit?limit=2&cursor=${first.next}`)).body;
  const seqs = [first, second].map(({ entries }) => entries.map(({ seq }: AuditEntry) => seq));
  expect(seqs).toEqual([
    [2, 3],
    [4, 5],
  ]);
  expect(second.next).toBeNull();
  expect([first.head, second.head]).toEqual(Array(2).fill({ seq: 5, hash: second.entries[1].hash }));
  expect((await c.call("GET", "/audit?from=6")).body).toMatchObject({ entries: [], next: null });
});

test("an empty log has no head", async () => {
  const c = await client();
  expect((await c.call("GET", "/audit")).body).toEqual({ entries: [], head: null, next: null });
});

test("a request that is replayed for its Idempotency-Key is recorded once", async () => {
  const c = await client();
  const again = () =>
    c.call("POST", "/speakers/ann/enroll", {
      headers: { ...wav, "Idempotency-Key": "k" },
      body: bytesOf("voice=ann take=1"),
    });
  for (let i = 0; i < 2; i++) expect((await again()).status).toBe(201);
  expect(shortOf(await entriesOf(c))).toEqual(["enroll done"]);
});
