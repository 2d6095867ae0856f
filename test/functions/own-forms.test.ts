/*
 * Forms that are posted to the server itself. On AWS they go to the bucket: worker-upload.test.ts
 * and aws/upload-form.test.ts.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runBackgroundTask } from "../../lib/domain/job/background-task.ts";
import { issueKey, revokeKey } from "../../lib/domain/registry/key.ts";
import { updateRegistry } from "../../lib/domain/registry/registry.ts";
import { enrollUpload } from "../../lib/domain/upload/enroll.ts";
import { SCOPES } from "../../lib/schema/key.ts";
import { runRows } from "../bad-input/row.ts";
import { enrollFake, openStage, type Stage } from "../bad-input/stage.ts";
import { formRows } from "../bad-input/upload-rows.ts";
import { bytesOf, type Client, client } from "./client.ts";
import { announce, post, uploaded } from "./upload.ts";

const clip = (take: string) => `voice=alice take=${take}`;
const read = (c: Client, id: string) => c.call("GET", `/uploads/${id}`);

/** Runs the background tasks that were added so far, as the server does. */
async function worked(c: Client): Promise<void> {
  const done = Promise.withResolvers<void>();
  c.services.backgroundTasks.work(async (backgroundTask, signal) => {
    await runBackgroundTask(c.services, backgroundTask, signal);
    done.resolve();
  });
  await done.promise;
  c.services.backgroundTasks.work(async () => undefined);
}

test("the server enrolls an upload on its own, and a rejected clip has a problem", async () => {
  const c = await client();
  const good = await uploaded(c, clip("1"), { enroll: { speaker: "alice", channel: 0 } });
  await worked(c);
  expect((await read(c, good)).body.state).toBe("enrolled");
  const short = await uploaded(c, "voice=alice take=2 seconds=1", { enroll: { speaker: "alice" } });
  const twice = await uploaded(c, clip("1"), { enroll: { speaker: "alice" } });
  await c.services.backgroundTasks.add({ kind: "sweep", registryId: c.services.registryId });
  for (const id of [short, twice])
    await enrollUpload(c.services, { registryId: c.services.registryId, uploadId: id as `upl_${string}` });
  expect((await read(c, short)).body).toMatchObject({
    state: "failed",
    problem: { slug: "audio-too-short" },
  });
  expect((await read(c, twice)).body).toMatchObject({ state: "failed", problem: { slug: "duplicate-clip" } });
});

test("a form of a suspended registry or of a revoked key takes no file", async () => {
  const c = await client();
  const { registryId } = c.services;
  const { key, token } = await issueKey(c.services, { registryId, name: "app", scopes: SCOPES });
  const bytes = bytesOf(clip("1"));
  const { body } = await announce(c, bytes, {}, token);
  await updateRegistry(c.services, { registryId, suspended: true });
  expect(await (await post(c, body.form, bytes)).json()).toMatchObject({
    status: 403,
    title: "The registry is suspended",
  });
  await updateRegistry(c.services, { registryId, suspended: false });
  await revokeKey(c.services, { registryId, keyId: key.keyId });
  expect((await post(c, body.form, bytes)).status).toBe(401);
});

test("like S3, a form ignores the fields that follow the file", async () => {
  const c = await client();
  const bytes = bytesOf(clip("1"));
  const { body } = await announce(c, bytes);
  const form = new FormData();
  form.append("file", new Blob([bytes]), "clip.wav");
  for (const [name, value] of Object.entries<string>(body.form.fields)) form.append(name, value);
  const posted = await c.app.request(body.form.url, { method: "POST", body: form });
  expect(posted.status).toBe(401);
  expect((await read(c, body.upload.id)).body.state).toBe("waiting");
});

test("an upload that arrived isn't enrolled once its key is revoked", async () => {
  const c = await client();
  const { registryId } = c.services;
  const { key, token } = await issueKey(c.services, { registryId, name: "app", scopes: SCOPES });
  const bytes = bytesOf(clip("1"));
  const { body } = await announce(c, bytes, { enroll: { speaker: "alice" } }, token);
  expect((await post(c, body.form, bytes)).status).toBe(204);
  await revokeKey(c.services, { registryId, keyId: key.keyId });
  await enrollUpload(c.services, { registryId, uploadId: body.upload.id });
  expect((await read(c, body.upload.id)).body).toMatchObject({
    state: "failed",
    problem: { slug: "unauthorized" },
  });
});

describe("bad forms", () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await openStage();
    await enrollFake(stage, "alice", "1");
  });
  afterEach(() => stage.close());
  runRows(formRows, () => stage);
});
