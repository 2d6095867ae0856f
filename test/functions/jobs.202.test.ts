import { expect, test } from "vitest";
import { addBackgroundTasks, runBackgroundTask } from "../../lib/domain/job/background-task.ts";
import { workOnJob } from "../../lib/domain/job/work.ts";
import { issueKey, revokeKey } from "../../lib/domain/registry/key.ts";
import { updateRegistry } from "../../lib/domain/registry/registry.ts";
import type { BackgroundTask } from "../../lib/ports/background-task.ts";
import { SCOPES } from "../../lib/schema/key.ts";
import { idOf } from "../bad-input/stage.ts";
import { fakeEmbedder } from "../support/fake-embedder.ts";
import { base64Of, type Client, client, json } from "./client.ts";
import { dyingAt, work } from "./job.ts";
import { announce, post, uploaded } from "./upload.ts";

const start = (c: Client, fields: object, key = c.key) =>
  c.call("POST", "/jobs", { key, headers: json, body: JSON.stringify(fields) });
const line = (speaker: string, take: number | string, more: object = {}) => ({
  speaker,
  audio: { base64: base64Of(`voice=${speaker} take=${take}`) },
  ...more,
});
const read = async (c: Client, id: string, query = "") => (await c.call("GET", `/jobs/${id}${query}`)).body;
const speakerOf = ({ services }: Client, name: string) =>
  services.speakers.get(services.registryId, idOf(name));

async function manifest(c: Client, text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const { body } = await announce(c, bytes, { mediaType: "application/x-ndjson" });
  expect((await post(c, body.form, bytes)).status).toBe(204);
  return body.upload.id;
}

test("a batch has one result per line, in order, and a faulty line doesn't stop the others", async () => {
  const c = await client();
  const upload = await uploaded(c, "voice=ann take=5");
  const lines = [
    line("ann", 1, { name: "Ann" }),
    line("bob", 1),
    { speaker: "bob" },
    { ...line("ann", 2), audio: { upload } },
    line("ann", 1),
    { ...line("ann", 3), audio: { base64: base64Of("voice=ann seconds=0") } },
    line("../x", 1),
    { ...line("cat", 1), audio: [1, 2].map((take) => line("cat", take).audio) },
  ];
  const started = await start(c, { kind: "enroll-batch", lines });
  expect(started.status).toBe(202);
  expect(started.body).toMatchObject({ state: "waiting", total: 8, done: 0 });
  await work(c, started.body.id);
  const { job, results, next } = await read(c, started.body.id);
  expect(job).toMatchObject({ state: "done", total: 8, done: 8, succeeded: 4, failed: 4 });
  expect(next).toBeNull();
  expect(results.map((one: { line: number }) => one.line)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(results.map((one: { problem: { slug: string } | null }) => one.problem?.slug)).toEqual([
    undefined,
    undefined,
    "validation-failed",
    undefined,
    "duplicate-clip",
    "audio-no-speech",
    "speaker-not-found",
    undefined,
  ]);
  expect((await speakerOf(c, "ann"))?.clips.map(({ clipId }) => clipId)).toEqual([
    ...results[0].clips,
    ...results[3].clips,
  ]);
  expect((await speakerOf(c, "ann"))?.name).toBe("Ann");
  expect(results[7].clips).toHaveLength(2);
  expect((await c.call("GET", `/uploads/${upload}`)).body.state).toBe("consumed");
  expect(await c.services.jobs.manifest(c.services.registryId, started.body.id)).toBeUndefined();
});

test("an uploaded manifest is consumed, and its malformed and blank lines have results", async () => {
  const c = await client();
  const text = [JSON.stringify(line("ann", 1)), "{", "", `${JSON.stringify(line("bob", 1))}\r`, ""].join(
    "\n",
  );
  const upload = await manifest(c, text);
  const started = await start(c, { kind: "enroll-batch", manifest: { upload } });
  expect(started.body.total).toBe(4);
  await work(c, started.body.id);
  const { results } = await read(c, started.body.id);
  expect(
    results.map(
      ({ status, problem }: { status: string; problem?: { slug: string } }) => problem?.slug ?? status,
    ),
  ).toEqual(["done", "malformed-json", "malformed-json", "done"]);
  expect((await start(c, { kind: "enroll-batch", manifest: { upload } })).status).toBe(409);
});

test("returns results in pages, with cursors that are valid for one job only", async () => {
  const c = await client();
  const lines = Array.from({ length: 5 }, (_, i) => line(`s${i}`, 1));
  const [one, other] = [
    await start(c, { kind: "enroll-batch", lines }),
    await start(c, { kind: "re-embed" }),
  ];
  await work(c, one.body.id);
  const first = await read(c, one.body.id, "?limit=3");
  expect(first.results).toHaveLength(3);
  const second = await read(c, one.body.id, `?limit=3&cursor=${first.next}`);
  expect(second.results.map((result: { line: number }) => result.line)).toEqual([4, 5]);
  expect(second.next).toBeNull();
  expect((await c.call("GET", `/jobs/${other.body.id}?cursor=${first.next}`)).status).toBe(400);
});

test.each([false, true])(
  "a kill at any write loses no line and enrolls no clip twice (after the write: %s)",
  { timeout: 240_000 },
  async (after) => {
    for (let n = 1; ; n++) {
      const c = await client();
      const upload = await uploaded(c, "voice=ann take=5");
      const lines = [line("ann", 1), { speaker: "ann", audio: { upload } }, line("ann", 1), line("ann", 2)];
      const { body } = await start(c, { kind: "enroll-batch", lines });
      const dying = dyingAt(c.services, n, after);
      const killed = await work(c, body.id, dying).then(
        () => false,
        () => true,
      );
      await work(c, body.id);
      const { job, results } = await read(c, body.id);
      expect({ n, ...job }).toMatchObject({ n, state: "done", done: 4, succeeded: 3, failed: 1 });
      expect(results.map((one: { line: number; status: string }) => [one.line, one.status])).toEqual([
        [1, "done"],
        [2, "done"],
        [3, "failed"],
        [4, "done"],
      ]);
      const speaker = await speakerOf(c, "ann");
      const clips = results.flatMap((one: { clips: string[] }) => one.clips);
      expect(speaker?.clips.map(({ clipId }) => clipId)).toEqual(clips);
      expect(new Set(clips).size).toBe(3);
      expect(speaker?.version).toBe(3);
      if (!killed) return;
    }
  },
);

test("a job that runs in two workers has one result per line and enrolls once", async () => {
  const c = await client();
  const lines = Array.from({ length: 6 }, (_, i) => line("ann", i));
  const { body } = await start(c, { kind: "enroll-batch", lines });
  await Promise.allSettled(Array.from({ length: 4 }, () => work(c, body.id)));
  await work(c, body.id);
  const { job, results } = await read(c, body.id);
  expect(job).toMatchObject({ state: "done", succeeded: 6, failed: 0 });
  expect(results).toHaveLength(6);
  expect((await speakerOf(c, "ann"))?.version).toBe(6);
});

test("gives up a line that breaks the service after three attempts and completes the others", async () => {
  const c = await client();
  const { embedder } = c.services;
  const embed: typeof embedder.embed = async (clip, options) => {
    if (new TextDecoder().decode(clip.bytes).includes("voice=bad")) throw new RangeError("defect");
    return embedder.embed(clip, options);
  };
  const { body } = await start(c, { kind: "enroll-batch", lines: [line("bad", 1), line("ann", 1)] });
  const reported: unknown[] = [];
  const input = {
    registryId: c.services.registryId,
    jobId: body.id,
    report: (e: unknown) => void reported.push(e),
  };
  await workOnJob({ ...c.services, embedder: { ...embedder, embed } }, input);
  const { results } = await read(c, body.id);
  expect(results[0].problem.slug).toBe("internal-error");
  expect(results[1].status).toBe("done");
  expect(reported).toHaveLength(3);
});

test("a turn ends in time and queues the job again; a restart queues unfinished jobs", async () => {
  const c = await client();
  const { services } = c;
  const { body } = await start(c, { kind: "enroll-batch", lines: [line("ann", 1), line("ann", 2)] });
  const { clock } = services;
  const now = () => {
    clock.advance(4);
    return clock.now();
  };
  const hurried = { ...clock, now };
  const added: BackgroundTask[] = [];
  const backgroundTasks = {
    ...services.backgroundTasks,
    add: async (backgroundTask: BackgroundTask) => void added.push(backgroundTask),
  };
  const backgroundTask = { kind: "job", registryId: services.registryId, jobId: body.id } as const;
  await runBackgroundTask({ ...services, clock: hurried, backgroundTasks }, backgroundTask);
  expect(added).toEqual([backgroundTask]);
  expect((await read(c, body.id)).job.state).not.toBe("done");
  added.splice(0);
  await addBackgroundTasks({ ...services, backgroundTasks });
  expect(added).toContainEqual(backgroundTask);
  await work(c, body.id);
  added.splice(0);
  await addBackgroundTasks({ ...services, backgroundTasks });
  expect(added).not.toContainEqual(backgroundTask);
});

test("re-embedding rebuilds another model's voiceprints and reports who needs reenrollment", async () => {
  const c = await client();
  const { services } = c;
  for (const name of ["ann", "bob", "cat"]) await c.enroll(name, "1");
  const bob = await speakerOf(c, "bob");
  if (!bob) throw new RangeError("no bob");
  await services.clips.remove(services.registryId, bob.uid, bob.clips[0].clipId);
  const next = fakeEmbedder("next");
  const { body } = await start(c, { kind: "re-embed" });
  await work(c, body.id, { ...services, embedder: next });
  const { job, results } = await read(c, body.id);
  expect(job).toMatchObject({ state: "done", succeeded: 2, failed: 1, total: null });
  expect(results.map((one: { speaker: string; status: string }) => [one.speaker, one.status])).toEqual([
    ["ann", "done"],
    ["bob", "failed"],
    ["cat", "done"],
  ]);
  expect((await speakerOf(c, "ann"))?.modelId).toBe(next.model.modelId);
});

test("refreshing statistics is a job; each kind of job needs its own scope and rejects other fields", async () => {
  const c = await client();
  await c.enroll("ann", "1");
  const { body } = await start(c, { kind: "refresh-statistics" });
  await work(c, body.id);
  expect((await read(c, body.id)).job).toMatchObject({ kind: "refresh-statistics", state: "done" });
  const writer = await c.keyWith(["speakers:write"]);
  const fitter = await c.keyWith(["calibrations"]);
  expect((await start(c, { kind: "refresh-statistics" }, writer)).status).toBe(403);
  expect((await start(c, { kind: "re-embed" }, fitter)).status).toBe(403);
  expect((await start(c, { kind: "re-embed" }, writer)).status).toBe(202);
  for (const wrong of [
    { kind: "enroll-batch" },
    { kind: "refresh-statistics", lines: [line("a", 1)] },
    { kind: "x" },
    { kind: "enroll-batch", lines: [] },
  ])
    expect((await start(c, wrong)).status).toBe(422);
  for (const id of ["job_00", "..%2fx"]) expect((await c.call("GET", `/jobs/${id}`)).status).toBe(404);
});

test("a job stops while its registry is suspended, and continues afterwards", async () => {
  const c = await client();
  const { registryId } = c.services;
  const { body } = await start(c, { kind: "enroll-batch", lines: [line("ann", 1), line("ann", 2)] });
  await updateRegistry(c.services, { registryId, suspended: true });
  await work(c, body.id);
  expect(await speakerOf(c, "ann")).toBeUndefined();
  await updateRegistry(c.services, { registryId, suspended: false });
  await work(c, body.id);
  expect((await read(c, body.id)).job).toMatchObject({ state: "done", succeeded: 2, problem: null });
});

test("a job ends with a problem when the key that started it is revoked", async () => {
  const c = await client();
  const { registryId } = c.services;
  const { key, token } = await issueKey(c.services, { registryId, name: "batch", scopes: SCOPES });
  const { body } = await start(c, { kind: "enroll-batch", lines: [line("ann", 1)] }, token);
  await revokeKey(c.services, { registryId, keyId: key.keyId });
  await work(c, body.id);
  const { job } = await read(c, body.id);
  expect(job).toMatchObject({ state: "done", done: 0, problem: { slug: "unauthorized" } });
  expect(await speakerOf(c, "ann")).toBeUndefined();
  expect(await c.services.jobs.manifest(registryId, body.id)).toBeUndefined();
});

test("a line enrolls its good clips, and each bad clip has its own problem", async () => {
  const c = await client();
  const audioOf = (text: string) => ({ base64: base64Of(text) });
  const upload = await uploaded(c, "voice=eve take=3");
  const clips = [
    audioOf("voice=ann take=1"),
    audioOf("voice=ann take=2 seconds=0"),
    audioOf("voice=ann take=1"),
    { upload },
    audioOf("voice=ann take=4"),
  ];
  const lines = [
    { speaker: "ann", audio: clips },
    { speaker: "bob", audio: [audioOf("voice=bob seconds=0"), audioOf("voice=bob take=1 seconds=1")] },
  ];
  const { id } = (await start(c, { kind: "enroll-batch", lines })).body;
  await work(c, id);
  const { job, results } = await read(c, id);
  expect(job).toMatchObject({ done: 2, succeeded: 0, failed: 2 });
  const [ann, bob] = results;
  const outcomes = ann.outcomes.map(({ clip, id: clipId, problem }: typeof ann) => [
    clip,
    problem?.slug ?? clipId,
  ]);
  expect(outcomes).toEqual([
    [1, ann.clips[0]],
    [2, "audio-no-speech"],
    [3, "duplicate-clip"],
    [4, "enrollment-inconsistent"],
    [5, ann.clips[1]],
  ]);
  expect([ann.status, ann.problem, ann.clips.length]).toEqual(["partial", null, 2]);
  expect([bob.status, bob.problem.slug, bob.outcomes.length]).toEqual(["failed", "audio-no-speech", 2]);
  expect((await speakerOf(c, "ann"))?.clips.map(({ clipId }) => clipId)).toEqual(ann.clips);
  expect((await c.call("GET", `/uploads/${upload}`)).body.state).toBe("arrived");
});
