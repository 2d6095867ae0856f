import type { EventId, RegistryId } from "../../../id.ts";
import type {
  Delivery,
  DeliveryKey,
  DeliveryRecord,
  Destination,
  OutboxStore,
} from "../../../ports/webhook.ts";
import type { Document, Documents } from "../documents.ts";

const LOG_MS = 30 * 86_400_000;

export function outboxStore(documents: Documents): OutboxStore {
  return {
    async get(key) {
      const document = await documents.get(keyOf(key));
      return document && deliveryOf(key.registryId, document);
    },
    async list(registryId) {
      const found = await documents.list({ kind: "outbox", owner: registryId });
      return found.map((document) => deliveryOf(registryId, document));
    },
    put: (delivery) => documents.putVersion(outgoingDocument(delivery)),
    remove: ({ version, ...key }) => documents.remove({ ...keyOf(key), version }),
    async log({ registryId, webhookId, eventId, ...body }) {
      const at = Date.parse(body.at);
      const place = { kind: "delivery", owner: `${registryId}/${webhookId}`, id: eventId } as const;
      await documents.put({ ...place, version: 1, body, at, expiresAt: at + LOG_MS });
    },
    async logged(registryId, webhookId, limit, after) {
      const owner = `${registryId}/${webhookId}`;
      const found = await documents.newest({ kind: "delivery", owner }, limit, after);
      return found.map(({ id, body }) => ({
        ...(body as Omit<DeliveryRecord, "eventId" | "registryId" | "webhookId">),
        ...{ registryId, webhookId, eventId: id as EventId },
      }));
    },
  };
}

/** The document of a delivery, to be put together with the change that it reports. */
export function outgoingDocument({ registryId, destination, eventId, version, ...body }: Delivery): Document {
  return { ...keyOf({ registryId, destination, eventId }), version, body };
}

const keyOf = ({ registryId, destination, eventId }: DeliveryKey) => ({
  kind: "outbox" as const,
  owner: registryId,
  id: `${destination}.${eventId}`,
});

function deliveryOf(registryId: RegistryId, { id, version, body }: Document): Delivery {
  const dot = id.indexOf(".");
  const destination = id.slice(0, dot) as Destination;
  const rest = body as Omit<Delivery, "version" | keyof DeliveryKey>;
  return { ...rest, registryId, destination, eventId: id.slice(dot + 1) as EventId, version };
}
