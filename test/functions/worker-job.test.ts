import { expect, test } from "vitest";
import { backgroundTaskWorker } from "../../functions/aws/background-task-events.ts";
import type { WorkerEntry } from "../../functions/aws/worker-log.ts";
import type { BackgroundTask } from "../../lib/ports/background-task.ts";
import { base64Of, type Client, client, json } from "./client.ts";

const batch = (bodies: readonly string[]) => ({
  Records: bodies.map((body, i) => ({ messageId: `m${i}`, body, eventSource: "aws:sqs" })),
});
const minutes = (count: number) => ({ getRemainingTimeInMillis: () => count * 60_000 });
const never = { getRemainingTimeInMillis: () => 0 };

async function started(c: Client): Promise<BackgroundTask> {
  const lines = [1, 2, 3].map((take) => ({
    speaker: "ann",
    audio: { base64: base64Of(`voice=ann take=${take}`) },
  }));
  const body = JSON.stringify({ kind: "enroll-batch", lines });
  const job = await c.call("POST", "/jobs", { headers: json, body });
  return { kind: "job", registryId: c.services.registryId, jobId: job.body.id };
}

function queued(c: Client) {
  const sent: BackgroundTask[] = [];
  const backgroundTasks = {
    ...c.services.backgroundTasks,
    add: async (backgroundTask: BackgroundTask) => void sent.push(backgroundTask),
  };
  return {
    sent,
    handler: backgroundTaskWorker(
      { ...c.services, backgroundTasks },
      { log: () => undefined, hold: (_record, work) => work() },
    ),
  };
}

test("a duplicate message of a job, sent concurrently, runs the job once", async () => {
  const c = await client();
  const { handler, sent } = queued(c);
  const event = batch([JSON.stringify(await started(c))]);
  await Promise.all([handler(event, minutes(15)), handler(event, minutes(15))]);
  expect(await handler(event, minutes(15))).toEqual({ batchItemFailures: [] });
  const { items } = await c.services.speakers.list(c.services.registryId, undefined, 10);
  expect(items.map(({ clips, version }) => [clips.length, version])).toEqual([[3, 3]]);
  expect(sent).toEqual([]);
});

test("a task that runs out of time is sent again and continues where it stopped", async () => {
  const c = await client();
  const { handler, sent } = queued(c);
  const job = await started(c);
  const refreshStats: BackgroundTask = { kind: "refresh-statistics", registryId: c.services.registryId };
  const late = { getRemainingTimeInMillis: () => 20_001 };
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await handler(batch([JSON.stringify(refreshStats), JSON.stringify(job)]), late)).toEqual({
    batchItemFailures: [],
  });
  while (sent.length > 0) await handler(batch([JSON.stringify(sent.shift())]), minutes(15));
  expect(await c.services.jobs.unfinished(c.services.registryId)).toEqual([]);
});

test("the schedule queues the deliveries that are due", async () => {
  const c = await client();
  const { handler, sent } = queued(c);
  const at = c.services.clock.now().toISOString();
  const key = { registryId: c.services.registryId, destination: "whk_1", eventId: "evt_1" } as const;
  const event = { type: "webhook.test", at, data: {}, attempts: 0, nextAt: at, version: 1 } as const;
  await c.services.outbox.put({ ...key, ...event });
  await handler({ task: "due-deliveries" }, minutes(15));
  expect(sent).toEqual([]);
  c.services.clock.advance(60);
  expect(await handler({ task: "due-deliveries" }, minutes(15))).toEqual({ batchItemFailures: [] });
  expect(sent).toEqual([{ kind: "deliver-event", ...key }]);
  // The webhook is gone, so the message ends the delivery.
  expect(await handler(batch([JSON.stringify(sent[0])]), minutes(15))).toEqual({ batchItemFailures: [] });
  expect(await c.services.outbox.list(c.services.registryId)).toEqual([]);
});

test("an event that the bus doesn't get in time leaves a line in the log", async () => {
  const c = await client();
  const { services } = c;
  const logged: WorkerEntry[] = [];
  const eventBus = { put: () => Promise.reject(new Error("down")) };
  const log = (entry: WorkerEntry) => void logged.push(entry);
  const handler = backgroundTaskWorker({ ...services, eventBus }, { log, hold: (_record, work) => work() });
  const at = services.clock.now().toISOString();
  const key = { registryId: services.registryId, destination: "bus", eventId: "evt_1" } as const;
  const last = { type: "speaker.erased", at, data: {}, attempts: 9, nextAt: at, version: 1 } as const;
  await services.outbox.put({ ...key, ...last });
  await handler(batch([JSON.stringify({ kind: "deliver-event", ...key })]), minutes(15));
  expect(logged).toContainEqual({
    event: "event.undelivered",
    message: "evt_1",
    registry: services.registryId,
  });
  expect(await services.outbox.list(services.registryId)).toEqual([]);
});

test("only the poison message returns to the queue; the other tasks are done", async () => {
  const c = await client();
  const { handler } = queued(c);
  const { registryId } = c.services;
  const sweep = JSON.stringify({ kind: "sweep", registryId });
  const poison = [
    "x",
    "null",
    "{}",
    JSON.stringify({ kind: "job", registryId }),
    JSON.stringify({ kind: "format", registryId }),
  ];
  const { batchItemFailures } = await handler(batch([sweep, ...poison, sweep]), minutes(15));
  expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual([
    "m1",
    "m2",
    "m3",
    "m4",
    "m5",
  ]);
  expect((await handler(batch([JSON.stringify(await started(c))]), never)).batchItemFailures).toEqual([]);
});
