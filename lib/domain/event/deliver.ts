import type { Services } from "../../ports/services.ts";
import type { Delivery, DeliveryKey, Sent, Webhook } from "../../ports/webhook.ts";
import { ignoreMissing, noteOutcome } from "./health.ts";
import { signedHeaders } from "./sign.ts";

/**
 * Waits between attempts, in seconds: over three days in all. Those of the example in the Standard
 * Webhooks specification.
 */
export const RETRY_SECONDS = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400] as const;
/** No attempt takes longer. A process that holds a delivery for longer has crashed. */
const HOLD_MS = 60_000;
/** Waits up to this long are left to the queue, longer ones to `addDueDeliveries`. */
const QUEUED_SECONDS = 900;
/** Queues and clocks differ by a little. */
const EARLY_MS = 1000;

export type DeliverNeeds = Pick<
  Services,
  | "backgroundTasks"
  | "clock"
  | "eventBus"
  | "outbox"
  | "random"
  | "registries"
  | "formerSecrets"
  | "secret"
  | "webhookSender"
  | "webhooks"
>;

/** One attempt to send an event. `failed`: it was the last one. */
export type Attempt = Pick<Delivery, "attempts" | "destination" | "eventId" | "registryId" | "type"> & {
  state: "waiting" | "delivered" | "failed";
  sent: Sent;
};

/**
 * Sends an event to its destination, once, if it is due. A failed attempt is repeated later.
 * Parallel calls for the same delivery send it once; after a crash it may be sent twice.
 *
 * onAttempt  called when the outcome of an attempt is stored. A bus has no log of deliveries
 */
export async function deliverEvent(
  services: DeliverNeeds,
  key: DeliveryKey,
  onAttempt: (attempt: Attempt) => void = () => {},
): Promise<void> {
  const found = await services.outbox.get(key);
  const now = services.clock.now().getTime();
  if (!found || Date.parse(found.nextAt) > now + EARLY_MS) return;
  const webhook = await webhookOf(services, found);
  if (!webhook && key.destination !== "bus") return services.outbox.remove(found);
  if (webhook?.disabled) return end(services, found, { failure: "the webhook is disabled" }, "failed");
  const nextAt = new Date(now + HOLD_MS).toISOString();
  const held = { ...found, attempts: found.attempts + 1, nextAt, version: found.version + 1 };
  if (!(await services.outbox.put(held))) return;
  const sent = await sendTo(services, held, webhook);
  const state = await settle(services, held, sent);
  const { registryId, destination, eventId, type, attempts } = held;
  onAttempt({ registryId, destination, eventId, type, attempts, state, sent });
}

const webhookOf = async ({ webhooks }: DeliverNeeds, { registryId, destination }: Delivery) =>
  destination === "bus" ? undefined : webhooks.get(registryId, destination);

async function sendTo(
  services: DeliverNeeds,
  delivery: Delivery,
  webhook: Webhook | undefined,
): Promise<Sent> {
  if (!webhook) return putOnBus(services, delivery);
  const { eventId: id, type, at: timestamp, data } = delivery;
  const body = JSON.stringify({ type, timestamp, data });
  const at = services.clock.now();
  return services.webhookSender.post(webhook.url, signedHeaders(services, webhook, { id, at, body }), body);
}

async function putOnBus({ eventBus }: DeliverNeeds, delivery: Delivery): Promise<Sent> {
  try {
    // Without a bus, this process isn't the one that sends the deployment's events.
    if (!eventBus) return { failure: "this process has no event bus" };
    await eventBus.put(delivery);
    return { status: 200 };
  } catch (error) {
    return { failure: error instanceof Error ? error.name : "error" };
  }
}

const succeeded = (sent: Sent): boolean => "status" in sent && sent.status >= 200 && sent.status < 300;

async function settle(services: DeliverNeeds, delivery: Delivery, sent: Sent): Promise<Attempt["state"]> {
  const { registryId, destination } = delivery;
  const isDelivered = succeeded(sent);
  if (destination !== "bus")
    await noteOutcome(services, { registryId, webhookId: destination }, sent, isDelivered).catch(
      ignoreMissing,
    );
  const wait = RETRY_SECONDS[delivery.attempts - 1];
  if (isDelivered || wait === undefined || isGone(sent)) {
    const state = isDelivered ? "delivered" : "failed";
    await end(services, delivery, sent, state);
    return state;
  }
  const nextAt = new Date(services.clock.now().getTime() + wait * 1000).toISOString();
  await log(services, delivery, sent, "waiting", nextAt);
  await services.outbox.put({ ...delivery, nextAt, version: delivery.version + 1 });
  const { eventId } = delivery;
  if (wait <= QUEUED_SECONDS)
    await services.backgroundTasks.add(
      { kind: "deliver-event", registryId, destination, eventId },
      { delaySeconds: wait },
    );
  return "waiting";
}

const isGone = (sent: Sent): boolean => "status" in sent && sent.status === 410;

/** The record is written first: after a crash between the two, the event is sent again. */
async function end(
  services: DeliverNeeds,
  delivery: Delivery,
  sent: Sent,
  state: "delivered" | "failed",
): Promise<void> {
  await log(services, delivery, sent, state);
  await services.outbox.remove(delivery);
}

async function log(
  services: DeliverNeeds,
  { registryId, destination, eventId, type, at, attempts }: Delivery,
  sent: Sent,
  state: "waiting" | "delivered" | "failed",
  nextAt?: string,
): Promise<void> {
  if (destination === "bus") return;
  const attemptedAt = services.clock.now().toISOString();
  const outcome = "status" in sent ? { status: sent.status } : { failure: sent.failure };
  const record = { registryId, webhookId: destination, eventId, type, state, attempts, at, attemptedAt };
  await services.outbox.log({ ...record, ...outcome, nextAt });
}
