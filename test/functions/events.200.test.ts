import { expect, test } from "vitest";
import { webhookSender } from "../../lib/adapters/webhook/sender.ts";
import { runBackgroundTask } from "../../lib/domain/job/background-task.ts";
import type { BackgroundTask } from "../../lib/ports/background-task.ts";
import type { Delivery } from "../../lib/ports/webhook.ts";
import { sha256Of } from "../../lib/sha256.ts";
import { testServices } from "../support/services.ts";
import { base64Of, bytesOf, type Client, clientOf, json, wav } from "./client.ts";
import { post } from "./upload.ts";

const send = (c: Client, method: string, path: string, fields: object = {}) =>
  c.call(method, path, { headers: json, body: JSON.stringify(fields) });
const verify = (c: Client, speaker: string, text: string, query = "") =>
  c.call("POST", `/verify?speaker=${speaker}${query}`, { headers: wav, body: bytesOf(text) });

/** A client of a registry with one webhook for all events, which are never sent. */
async function stage(): Promise<Client & { tasks: BackgroundTask[]; waiting(): Promise<Delivery[]> }> {
  const services = await testServices();
  const tasks: BackgroundTask[] = [];
  const backgroundTasks = {
    ...services.backgroundTasks,
    add: async (task: BackgroundTask) => void tasks.push(task),
  };
  const own = { ...services, backgroundTasks, webhookSender: webhookSender({ allowPrivate: true }) };
  const c = await clientOf(own);
  await send(c, "POST", "/webhooks", { url: "http://127.0.0.1:9/" });
  const waiting = async () => {
    const found = await services.outbox.list(services.registryId);
    return found.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  };
  return { ...c, services: own, tasks, waiting };
}

const shown = (deliveries: readonly Delivery[]) => deliveries.map(({ type, data }) => [type, data]);

test("speaker.enrolled comes once, with the clip that brings enough speech", async () => {
  const c = await stage();
  await c.enroll("ann", "1", "2", "3");
  expect(await c.waiting()).toEqual([]);
  const { body } = await c.enroll("ann", "4");
  expect(body.speaker.status).toBe("enrolled");
  await c.enroll("ann", "5");
  expect(shown(await c.waiting())).toEqual([["speaker.enrolled", { uid: body.speaker.uid, clips: 4 }]]);
});

test("speaker.erased and speaker.opted-out have only the generated ID", async () => {
  const c = await stage();
  const { uid } = (await c.enroll("ann", "1")).body.speaker;
  await send(c, "DELETE", "/speakers/ann");
  c.services.clock.advance(1);
  const optedOut = (await send(c, "POST", "/speakers/bob/opt-out")).body;
  await send(c, "POST", "/speakers/bob/opt-out");
  expect(shown(await c.waiting())).toEqual([
    ["speaker.erased", { uid }],
    ["speaker.opted-out", { uid: optedOut.uid }],
  ]);
  expect(JSON.stringify(await c.waiting())).not.toMatch(/"(ann|bob)"/);
});

test("speaker.paused comes with the reject that begins a pause", async () => {
  const c = await stage();
  const { uid } = (await c.enroll("ann", "1")).body.speaker;
  for (let take = 1; take <= 4; take++) await verify(c, "ann", `voice=eve take=${take}`);
  expect(await c.waiting()).toEqual([]);
  const { decisionId } = (await verify(c, "ann", "voice=eve take=5")).body;
  expect((await verify(c, "ann", "voice=eve take=6")).status).toBe(429);
  const data = { uid, decisionId, callers: "one", rejects: 5, pauseSeconds: 30 };
  expect(shown(await c.waiting())).toEqual([["speaker.paused", data]]);
});

test("an accept after four rejects pauses nobody", async () => {
  const c = await stage();
  await c.enroll("ann", "1");
  for (let take = 1; take <= 4; take++) await verify(c, "ann", `voice=eve take=${take}`);
  expect((await verify(c, "ann", "voice=ann take=9")).body.decision).toBe("accept");
  expect(await c.waiting()).toEqual([]);
});

test("watchlist.matched names the watchlist and the member by its generated ID", async () => {
  const c = await stage();
  const { uid } = (await c.enroll("ann", "1")).body.speaker;
  const matched = (await c.enroll("eve", "1", "2", "3")).body.speaker.uid;
  await send(c, "PUT", "/groups/fraud", {});
  await send(c, "PUT", "/groups/fraud/members", { speakers: ["eve"] });
  await verify(c, "ann", "voice=ann take=9", "&watchlist=fraud");
  expect(await c.waiting()).toEqual([]);
  const { body } = await verify(c, "ann", "voice=eve take=9", "&watchlist=fraud");
  expect(body.watchlist.decision).toBe("match");
  const data = { uid, decisionId: body.decisionId, group: "fraud", matched };
  expect(shown(await c.waiting())).toEqual([["watchlist.matched", data]]);
});

test("decision.made comes only in a registry that asked for it, without scores and names", async () => {
  const c = await stage();
  const { uid } = (await c.enroll("ann", "1", "2", "3")).body.speaker;
  await verify(c, "ann", "voice=ann take=8");
  expect(await c.waiting()).toEqual([]);
  await send(c, "PATCH", "/registry", { decisionEvents: true });
  const { decisionId, decision, reasons } = (await verify(c, "ann", "voice=ann take=9")).body;
  c.services.clock.advance(1);
  const clips = {
    audioA: { base64: base64Of("voice=x take=1") },
    audioB: { base64: base64Of("voice=y take=1") },
  };
  const compared = (await send(c, "POST", "/compare", clips)).body;
  expect(shown(await c.waiting())).toEqual([
    ["decision.made", { decisionId, operation: "verify", decision, reasons, uid }],
    [
      "decision.made",
      {
        decisionId: compared.decisionId,
        operation: "compare",
        decision: compared.decision,
        reasons: compared.reasons,
        uid: null,
      },
    ],
  ]);
});

test("job.finished comes once for a job, also for one that was canceled before it began", async () => {
  const c = await stage();
  const lines = [{ speaker: "ann", audio: { base64: base64Of("voice=ann take=1") } }];
  const done = (await send(c, "POST", "/jobs", { kind: "enroll-batch", lines })).body.id;
  await runBackgroundTask(c.services, { kind: "job", registryId: c.services.registryId, jobId: done });
  c.services.clock.advance(1);
  const canceled = (await send(c, "POST", "/jobs", { kind: "refresh-statistics" })).body.id;
  await send(c, "POST", `/jobs/${canceled}/cancel`);
  const [succeeded, failed, problem] = [1, 0, null];
  expect(shown(await c.waiting())).toEqual([
    ["job.finished", { jobId: done, kind: "enroll-batch", succeeded, failed, canceled: false, problem }],
    [
      "job.finished",
      { jobId: canceled, kind: "refresh-statistics", succeeded: 0, failed, canceled: true, problem },
    ],
  ]);
});

test("upload.failed has the slug of the problem", async () => {
  const c = await stage();
  const bytes = bytesOf("voice=ann take=1 seconds=0.2");
  const announced = { mediaType: "audio/wav", bytes: bytes.length, sha256: sha256Of(bytes) };
  const { upload, form } = (await send(c, "POST", "/uploads", { ...announced, enroll: { speaker: "ann" } }))
    .body;
  await post(c, form, bytes);
  const { registryId } = c.services;
  await runBackgroundTask(c.services, { kind: "enroll-upload", registryId, uploadId: upload.id });
  const data = { uploadId: upload.id, problem: "audio-too-short" };
  expect(shown(await c.waiting())).toEqual([["upload.failed", data]]);
});

test("a webhook gets the events that it names, a disabled one none, and each is queued", async () => {
  const c = await stage();
  const [all] = (await c.call("GET", "/webhooks")).body.webhooks;
  const url = "http://127.0.0.1:9/";
  const erasures = (await send(c, "POST", "/webhooks", { url, events: ["speaker.erased"] })).body.webhook;
  await send(c, "POST", "/webhooks", { url, events: ["job.finished"] });
  await c.enroll("ann", "1");
  await send(c, "DELETE", "/speakers/ann");
  const both = await c.waiting();
  expect(new Set(both.map(({ destination }) => destination))).toEqual(new Set([all.id, erasures.id]));
  expect(new Set(both.map(({ eventId }) => eventId)).size).toBe(1);
  const queued = c.tasks.filter(({ kind }) => kind === "deliver-event");
  expect(queued).toHaveLength(2);
  for (const { id } of [all, erasures]) await send(c, "PATCH", `/webhooks/${id}`, { enabled: false });
  await c.enroll("bob", "1");
  await send(c, "DELETE", "/speakers/bob");
  expect(await c.waiting()).toHaveLength(2);
});
