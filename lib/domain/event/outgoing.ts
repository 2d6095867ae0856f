import { makeId, type RegistryId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Delivery, Destination, Webhook } from "../../ports/webhook.ts";
import type { EventData, EventType } from "../../schema/event.ts";

export type EventNeeds = Pick<Services, "backgroundTasks" | "clock" | "eventBus" | "random" | "webhooks">;
export type RegistryEvent = { [Type in EventType]: { type: Type; data: EventData[Type] } }[EventType];

/**
 * The deliveries of events, one for each destination. Put them in the same write as the change that
 * the events report, then call `announce`.
 */
export async function outgoingOf(
  services: EventNeeds,
  registryId: RegistryId,
  events: readonly RegistryEvent[],
): Promise<readonly Delivery[]> {
  if (events.length === 0) return [];
  const webhooks = (await services.webhooks.list(registryId)).filter(({ disabled }) => !disabled);
  return events.flatMap((event) => {
    const destinations: Destination[] = webhooks
      .filter((webhook) => wants(webhook, event.type))
      .map(({ webhookId }) => webhookId);
    if (services.eventBus) destinations.push("bus");
    return deliveriesTo(services, registryId, destinations, event);
  });
}

const wants = ({ events }: Webhook, type: EventType): boolean =>
  events === undefined || events.includes(type);

/** One event for these destinations. It has the same ID for all of them. */
export function deliveriesTo(
  { clock, random }: Pick<Services, "clock" | "random">,
  registryId: RegistryId,
  destinations: readonly Destination[],
  event: Pick<Delivery, "data" | "type">,
): readonly Delivery[] {
  const eventId = makeId("evt", random.bytes(16));
  const at = clock.now().toISOString();
  const rest = { eventId, ...event, at, attempts: 0, nextAt: at, version: 1 };
  return destinations.map((destination) => ({ registryId, destination, ...rest }));
}

/**
 * Queues deliveries that were put. Never rejects: if the queue is down, `addDueDeliveries` finds
 * them.
 */
export async function announce(
  { backgroundTasks }: Pick<Services, "backgroundTasks">,
  outgoing: readonly Delivery[],
): Promise<void> {
  const tasks = outgoing.map(({ registryId, destination, eventId }) =>
    backgroundTasks.add({ kind: "deliver-event", registryId, destination, eventId }),
  );
  await Promise.allSettled(tasks);
}

/**
 * Makes a change together with its events. `change` gets the deliveries to put in the same write.
 */
export async function withEvents<T>(
  services: EventNeeds,
  registryId: RegistryId,
  events: readonly RegistryEvent[],
  change: (outgoing: readonly Delivery[]) => Promise<T>,
): Promise<T> {
  const outgoing = await outgoingOf(services, registryId, events);
  const result = await change(outgoing);
  await announce(services, outgoing);
  return result;
}
