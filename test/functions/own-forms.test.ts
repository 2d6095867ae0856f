/*
 * Forms that are posted to the server itself. On AWS they go to the bucket: worker-upload.test.ts
 * and aws/upload-form.test.ts.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runBackgroundTask } from "../../lib/domain/job/background-task.ts";
import { enrollUpload } from "../../lib/domain/upload/enroll.ts";
import { runRows } from "../bad-input/row.ts";
import { enrollFake, openStage, type Stage } from "../bad-input/stage.ts";
import { formRows } from "../bad-input/upload-rows.ts";
import { type Client, client } from "./client.ts";
import { uploaded } from "./upload.ts";

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

describe("bad forms", () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await openStage();
    await enrollFake(stage, "alice", "1");
  });
  afterEach(() => stage.close());
  runRows(formRows, () => stage);
});
