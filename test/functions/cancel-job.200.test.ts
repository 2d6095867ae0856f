import { expect, test } from "vitest";
import { workOnJob } from "../../lib/domain/job/work.ts";
import type { Embedder } from "../../lib/ports/model.ts";
import { base64Of, type Client, client, json } from "./client.ts";
import { work } from "./job.ts";

const line = (speaker: string) => ({ speaker, audio: { base64: base64Of(`voice=${speaker} take=1`) } });
const start = async (c: Client, body: object) =>
  (await c.call("POST", "/jobs", { headers: json, body: JSON.stringify(body) })).body;
const startBatch = (c: Client, ...speakers: string[]) =>
  start(c, { kind: "enroll-batch", lines: speakers.map(line) });
const cancel = (c: Client, id: string, key = c.key) => c.call("POST", `/jobs/${id}/cancel`, { key });

test("a job that no worker has begun ends at once, and its manifest is deleted", async () => {
  const c = await client();
  const { id } = await startBatch(c, "ann", "bob");
  const canceled = await cancel(c, id);
  expect([canceled.status, canceled.body]).toMatchObject([200, { state: "done", canceled: true, done: 0 }]);
  expect(await c.services.jobs.manifest(c.services.registryId, id)).toBeUndefined();
  await work(c, id);
  expect((await c.call("GET", "/speakers")).body.speakers).toEqual([]);
  // Canceling it again changes nothing.
  expect((await cancel(c, id)).body).toEqual(canceled.body);
});

test("a job that is running finishes its line, which has one result, and starts no other", async () => {
  const c = await client();
  const { id } = await startBatch(c, "ann", "bob");
  const { embedder } = c.services;
  const canceling: Embedder = {
    ...embedder,
    embed: async (...input) => {
      const embedded = await embedder.embed(...input);
      expect((await cancel(c, id)).body).toMatchObject({ state: "running", canceled: true });
      return embedded;
    },
  };
  const job = { registryId: c.services.registryId, jobId: id };
  expect(await workOnJob({ ...c.services, embedder: canceling }, job)).toBe("more");
  await work(c, id);
  const { body } = await c.call("GET", `/jobs/${id}`);
  expect(body.job).toMatchObject({ state: "done", canceled: true, done: 1, succeeded: 1, total: 2 });
  expect(body.results).toMatchObject([{ line: 1, speaker: "ann", status: "done" }]);
  expect(await c.services.jobs.manifest(c.services.registryId, id)).toBeUndefined();
  const { speakers } = (await c.call("GET", "/speakers")).body;
  expect(speakers).toMatchObject([{ id: "ann", clips: 1 }]);
});

test("a job that is done stays as it is; an unknown one, or another kind's scope, is refused", async () => {
  const c = await client();
  const { id } = await start(c, { kind: "refresh-statistics" });
  const enroller = await c.keyWith(["speakers:write"]);
  expect((await cancel(c, id, enroller)).body.detail).toBe("This key needs the scope calibrations.");
  await work(c, id);
  expect((await cancel(c, id)).body).toMatchObject({ state: "done", canceled: false });
  expect((await cancel(c, "job_none")).status).toBe(404);
});

test("lists jobs newest first, in pages, by kind and state, and only those that the key may start", async () => {
  const c = await client();
  const made: string[] = [];
  for (const kind of ["refresh-statistics", "re-embed", "refresh-statistics"]) {
    c.services.clock.advance(1);
    made.unshift((await start(c, { kind })).id);
  }
  const list = async (queryText: string, key = c.key) =>
    (await c.call("GET", `/jobs${queryText}`, { key })).body;
  const ids = async (queryText: string, key = c.key) =>
    (await list(queryText, key)).jobs.map((job: { id: string }) => job.id);
  expect(await ids("")).toEqual(made);
  const page = await list("?limit=2");
  expect(page.jobs).toHaveLength(2);
  expect(page.jobs[0]).not.toHaveProperty("result");
  expect(await list(`?limit=2&cursor=${page.next}`)).toMatchObject({ jobs: [{ id: made[2] }], next: null });
  await work(c, made[0] as `job_${string}`);
  expect(await ids("?state=done")).toEqual([made[0]]);
  expect(await ids("?state=waiting&kind=refresh-statistics")).toEqual([made[2]]);
  expect(await ids("", await c.keyWith(["speakers:write"]))).toEqual([made[1]]);
  expect((await c.call("GET", "/jobs", { key: await c.keyWith(["verify"]) })).status).toBe(403);
});
