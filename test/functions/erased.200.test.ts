import { expect, test } from "vitest";
import { finishErasures } from "../../lib/domain/job/finish-erasures.ts";
import { startJob } from "../../lib/domain/job/job.ts";
import { idOf } from "../bad-input/stage.ts";
import { base64Of, type Client, client, json } from "./client.ts";
import { ID, live, TEXTS } from "./erased-life.ts";

const finish = ({ services }: Client) => finishErasures(services, { registryId: services.registryId });
const read = async (c: Client, path: string) => (await c.call("GET", path)).text;

test("after an erasure, decisions and replayed replies have the uid instead of the id, and no details", async () => {
  const c = await client();
  const { decisions, repeat } = await live(c);
  const { uid } = (await c.call("GET", `/speakers/${ID}`)).body;
  const before = await Promise.all(decisions.map((id) => read(c, `/decisions/${id}`)));
  expect((await c.call("DELETE", `/speakers/${ID}`)).status).toBe(204);
  await finish(c);
  const after = await Promise.all(decisions.map((id) => read(c, `/decisions/${id}`)));
  expect(after).toEqual(before.map((text) => text.replaceAll(ID, uid)));
  const replayed = await repeat();
  expect([replayed.status, replayed.headers.get("Idempotent-Replayed")]).toEqual([201, "true"]);
  expect(replayed.body.speaker).toMatchObject({ id: uid, uid, name: null, metadata: {} });
  for (const text of TEXTS) expect(replayed.text).not.toContain(text);
  expect((await c.call("GET", `/speakers/${ID}`)).status).toBe(404);
  expect(await read(c, "/groups/night/members")).toBe('{"speakers":["twin"]}');
});

test("a later speaker with the same id keeps its records, and each erasure is finished once", async () => {
  const c = await client();
  const { services } = c;
  await c.enroll(ID, "1");
  await c.call("DELETE", `/speakers/${ID}`);
  services.clock.advance(61);
  const body = JSON.stringify({ audio: { base64: base64Of(`voice=${ID} take=2`) } });
  const headers = { ...json, "Idempotency-Key": "again" };
  const enroll = () => c.call("POST", `/speakers/${ID}/enroll`, { headers, body });
  const first = await enroll();
  await finish(c);
  expect((await enroll()).text).toBe(first.text);
  expect(await services.erasures.list(services.registryId)).toEqual([]);
});

test("an erasure cancels enrollments of the person that wait in an upload or a job", async () => {
  const c = await client();
  const { services } = c;
  const { registryId } = services;
  await c.enroll("zoe", "1");
  const waiting = await c.call("POST", "/uploads", {
    headers: json,
    body: JSON.stringify({
      mediaType: "audio/wav",
      bytes: 9,
      sha256: "0".repeat(64),
      enroll: { speaker: "zoe" },
    }),
  });
  const lineOf = (speaker: string) => ({
    speakerId: idOf(speaker),
    audio: [{ base64: base64Of(`voice=${speaker} take=7`), mediaType: "audio/wav" }],
  });
  const lines = [lineOf("zoe"), lineOf("bob")];
  const { id: jobId } = await startJob(services, { registryId, kind: "enroll-batch", lines });
  await c.call("DELETE", "/speakers/zoe");
  await finish(c);
  const upload = (await c.call("GET", `/uploads/${waiting.body.upload.id}`)).body;
  expect(upload).toMatchObject({ state: "failed", problem: { slug: "speaker-not-found" } });
  expect(JSON.stringify(upload)).not.toContain("zoe");
  const manifest = Buffer.from((await services.jobs.manifest(registryId, jobId)) ?? []).toString();
  expect(manifest).not.toContain("zoe");
  expect(manifest.split("\n")[1]).toContain("bob");
});
