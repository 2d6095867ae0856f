import type { EventId, RegistryId, WebhookId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Page } from "../../ports/speaker.ts";
import type { DeliveryRecord } from "../../ports/webhook.ts";
import type { DeliveryView } from "../../schema/webhook.ts";
import { newestPage, parseMoment } from "../newest.ts";
import { announce, deliveriesTo } from "./outgoing.ts";
import { requireWebhook, type WebhookKey } from "./read.ts";

/**
 * A page of what became of a webhook's deliveries in the last 30 days, newest first; `after` is the
 * previous page's `next`. An event is listed after the first attempt. Throws `webhook-not-found`.
 */
export async function listDeliveries(
  services: Pick<Services, "outbox" | "webhooks">,
  input: { registryId: RegistryId; webhookId: WebhookId; limit: number; after?: string | undefined },
): Promise<Page<DeliveryView>> {
  const { registryId, webhookId, limit, after } = input;
  await requireWebhook(services, input);
  const { items, next } = await newestPage({
    limit,
    after: after === undefined ? undefined : parseMoment(after),
    read: (size, last) => services.outbox.logged(registryId, webhookId, size, last),
    momentOf: ({ at, eventId }) => ({ at: Date.parse(at), id: eventId }),
  });
  return { items: items.map(deliveryView), next };
}

/** Sends an event of type `webhook.test` without data. Throws `webhook-not-found`. */
export async function testWebhook(
  services: Pick<Services, "backgroundTasks" | "clock" | "outbox" | "random" | "webhooks">,
  key: WebhookKey,
): Promise<{ event: EventId }> {
  await requireWebhook(services, key);
  const event = { type: "webhook.test", data: {} } as const;
  const [delivery] = deliveriesTo(services, key.registryId, [key.webhookId], event);
  if (!delivery) throw new RangeError("a destination has a delivery");
  await services.outbox.put(delivery);
  await announce(services, [delivery]);
  return { event: delivery.eventId };
}

const deliveryView = (record: DeliveryRecord): DeliveryView => ({
  event: record.eventId,
  type: record.type,
  state: record.state,
  attempts: record.attempts,
  status: record.status ?? null,
  failure: record.failure ?? null,
  createdAt: record.at,
  attemptedAt: record.attemptedAt,
  nextAttemptAt: record.nextAt ?? null,
});
