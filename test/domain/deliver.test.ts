import { expect, test } from "vitest";
import { webhookSender } from "../../lib/adapters/webhook/sender.ts";
import { type Attempt, deliverEvent, RETRY_SECONDS } from "../../lib/domain/event/deliver.ts";
import { testWebhook } from "../../lib/domain/event/deliveries.ts";
import { addDueDeliveries } from "../../lib/domain/event/due.ts";
import { readWebhook } from "../../lib/domain/event/read.ts";
import { createWebhook, deleteWebhook, updateWebhook } from "../../lib/domain/event/webhook.ts";
import type { BackgroundTask } from "../../lib/ports/background-task.ts";
import type { EventBus } from "../../lib/ports/webhook.ts";
import { temporaryFolder } from "../cli/run.ts";
import { receiver } from "../support/receiver.ts";
import { openTestServices, type TestServices, testServices } from "../support/services.ts";

const local = { webhookSender: webhookSender({ allowPrivate: true }) };

async function stage(given: { eventBus?: EventBus } = {}) {
  const services = { ...(await testServices()), ...local, ...given };
  const target = await receiver();
  const { webhook } = await createWebhook(services, { registry: services.registry, url: target.url });
  const key = { registryId: services.registryId, webhookId: webhook.id };
  return { ...target, services, key };
}

async function waiting({ outbox, registryId }: TestServices) {
  const [delivery] = await outbox.list(registryId);
  return delivery;
}

/** Runs what waits, as the queue and the timer do, until `seconds` have passed. */
async function deliverFor(
  services: TestServices,
  seconds: number,
  onAttempt?: (attempt: Attempt) => void,
): Promise<void> {
  const end = services.clock.now().getTime() + seconds * 1000;
  for (let next = await waiting(services); next; next = await waiting(services)) {
    const at = Date.parse(next.nextAt);
    if (at > end) break;
    services.clock.advance(Math.max(0, (at - services.clock.now().getTime()) / 1000));
    await deliverEvent(services, next, onAttempt);
  }
  services.clock.advance(Math.max(0, (end - services.clock.now().getTime()) / 1000));
}

const DAY = 86_400;

test("repeats a failed delivery with growing waits, with the same ID, and gives up after three days", async () => {
  const { services, key, received, reply } = await stage();
  reply.status = 500;
  const { event } = await testWebhook(services, key);
  const began = services.clock.now().getTime();
  await deliverFor(services, 4 * DAY);
  expect(received.map(({ headers }) => headers["webhook-id"])).toEqual(Array(10).fill(event));
  const seconds = received.map(({ headers }) => Number(headers["webhook-timestamp"]) - began / 1000);
  expect(seconds).toEqual([0, ...RETRY_SECONDS.map((_, i) => sum(RETRY_SECONDS.slice(0, i + 1)))]);
  const [logged] = await services.outbox.logged(key.registryId, key.webhookId, 10);
  expect(logged).toMatchObject({ state: "failed", attempts: 10, status: 500 });
  expect(await readWebhook(services, key)).toMatchObject({ enabled: true });
});

const sum = (values: readonly number[]) => values.reduce((total, one) => total + one, 0);

test("stops repeating after a success, which also ends the webhook's failing", async () => {
  const { services, key, received, reply } = await stage();
  reply.status = 500;
  await testWebhook(services, key);
  await deliverFor(services, 1);
  expect((await readWebhook(services, key)).failingSince).toBe("2026-01-01T00:00:00.000Z");
  reply.status = 204;
  await deliverFor(services, DAY);
  expect(received).toHaveLength(2);
  expect((await readWebhook(services, key)).failingSince).toBeNull();
});

test("disables a webhook that fails for five days, whatever the number of events", async () => {
  const { services, key, received, reply } = await stage();
  reply.status = 500;
  for (let day = 0; day < 5; day++) {
    await testWebhook(services, key);
    await deliverFor(services, DAY);
  }
  expect((await readWebhook(services, key)).enabled).toBe(true);
  await deliverFor(services, 2 * DAY);
  expect(await readWebhook(services, key)).toMatchObject({ enabled: false, disabledBecause: "failing" });
  const sent = received.length;
  await testWebhook(services, key);
  await deliverFor(services, 4 * DAY);
  expect(received).toHaveLength(sent);
  const { registry } = services;
  const enabled = await updateWebhook(services, { registry, webhookId: key.webhookId, enabled: true });
  expect(enabled).toMatchObject({ enabled: true, failingSince: null });
});

test("a URL that replies 410 gets nothing more", async () => {
  const { services, key, received, reply } = await stage();
  reply.status = 410;
  await testWebhook(services, key);
  await testWebhook(services, key);
  await deliverFor(services, DAY);
  expect(received).toHaveLength(1);
  expect((await readWebhook(services, key)).disabledBecause).toBe("gone");
});

test("follows no redirect", async () => {
  const { services, key, received, reply } = await stage();
  reply.status = 307;
  await testWebhook(services, key);
  await deliverFor(services, 1);
  expect(received).toHaveLength(1);
  const [logged] = await services.outbox.logged(key.registryId, key.webhookId, 1);
  expect(logged).toMatchObject({ state: "waiting", status: 307 });
});

test("parallel workers send a delivery once", async () => {
  const { services, key, received } = await stage();
  await testWebhook(services, key);
  const delivery = await waiting(services);
  if (!delivery) throw new RangeError("nothing waits");
  await Promise.all(Array.from({ length: 5 }, () => deliverEvent(services, delivery)));
  expect(received).toHaveLength(1);
});

test("nothing is sent to a webhook that was deleted meanwhile", async () => {
  const { services, key, received } = await stage();
  await testWebhook(services, key);
  await deleteWebhook(services, key);
  await deliverFor(services, DAY);
  expect([received, await waiting(services)]).toEqual([[], undefined]);
});

test("after a kill between the commit and the queue, the next process sends the event", async () => {
  const folder = temporaryFolder();
  const { url, received } = await receiver();
  const killed = await openTestServices({ folder, store: "local" });
  const { webhook } = await createWebhook({ ...killed, ...local }, { registry: killed.registry, url });
  // Without a worker, the task is gone with the process.
  await testWebhook(killed, { registryId: killed.registryId, webhookId: webhook.id });
  await killed.close();

  const { clock } = killed;
  const next = { ...(await openTestServices({ folder, store: "local", clock })), ...local };
  const tasks: BackgroundTask[] = [];
  const backgroundTasks = {
    ...next.backgroundTasks,
    add: async (task: BackgroundTask) => void tasks.push(task),
  };
  expect(await addDueDeliveries({ ...next, backgroundTasks })).toBe(0);
  clock.advance(5);
  expect(await addDueDeliveries({ ...next, backgroundTasks })).toBe(1);
  for (const task of tasks) if (task.kind === "deliver-event") await deliverEvent(next, task);
  expect(received).toHaveLength(1);
  await next.close();
});

test("a delivery whose process was killed while it sent is sent again after a minute", async () => {
  const { services, key, received } = await stage();
  await testWebhook(services, key);
  const never = { refusal: () => undefined, post: () => new Promise<never>(() => undefined) };
  const delivery = await waiting(services);
  if (!delivery) throw new RangeError("nothing waits");
  void deliverEvent({ ...services, webhookSender: never }, delivery);
  while ((await waiting(services))?.attempts === 0) await new Promise(setImmediate);
  await deliverFor(services, 59);
  expect(received).toEqual([]);
  await deliverFor(services, 1);
  expect(received).toHaveLength(1);
});

test("the bus gets every event as well, again if it failed, and its failures disable no webhook", async () => {
  const put: string[] = [];
  let down = true;
  const eventBus: EventBus = {
    async put({ type }) {
      if (down) throw new Error("down");
      put.push(type);
    },
  };
  const { services, key, received } = await stage({ eventBus });
  const { outgoingOf } = await import("../../lib/domain/event/outgoing.ts");
  const event = { type: "speaker.erased", data: { uid: "spk_1" } } as const;
  for (const delivery of await outgoingOf(services, key.registryId, [event]))
    await services.outbox.put(delivery);
  for (const one of await services.outbox.list(key.registryId)) await deliverEvent(services, one);
  expect([put, received.length]).toEqual([[], 1]);
  down = false;
  await deliverFor(services, 10);
  expect(put).toEqual(["speaker.erased"]);
  expect((await readWebhook(services, key)).failingSince).toBeNull();
});

test("tells of each attempt, also of the last one to a bus that stays down", async () => {
  const eventBus: EventBus = { put: () => Promise.reject(new Error("down")) };
  const { services, key } = await stage({ eventBus });
  const at = services.clock.now().toISOString();
  const due = { registryId: key.registryId, destination: "bus", eventId: "evt_1" } as const;
  const event = { type: "speaker.erased", at, data: {}, attempts: 0, nextAt: at, version: 1 } as const;
  await services.outbox.put({ ...due, ...event });
  const attempts: Attempt[] = [];
  await deliverFor(services, 4 * DAY, (attempt) => attempts.push(attempt));
  expect(attempts.map(({ state }) => state)).toEqual([...RETRY_SECONDS.map(() => "waiting"), "failed"]);
  expect(attempts.at(-1)).toEqual({
    ...{ ...due, type: "speaker.erased", attempts: 10, state: "failed", sent: { failure: "Error" } },
  });
});
