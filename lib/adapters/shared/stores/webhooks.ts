import type { RegistryId, WebhookId } from "../../../id.ts";
import type { Webhook, WebhookStore } from "../../../ports/webhook.ts";
import { contention } from "../contention.ts";
import type { Document, Documents } from "../documents.ts";

export function webhookStore(documents: Documents): WebhookStore {
  return {
    async get(registryId, webhookId) {
      const document = await documents.get({ kind: "webhook", owner: registryId, id: webhookId });
      return document && webhookOf(registryId, document);
    },
    async list(registryId) {
      const found = await documents.list({ kind: "webhook", owner: registryId });
      return found.map((document) => webhookOf(registryId, document));
    },
    async put({ registryId, webhookId, version, ...body }) {
      const key = { kind: "webhook", owner: registryId, id: webhookId } as const;
      if (!(await documents.putVersion({ ...key, version, body })))
        throw contention("Another request changed this webhook first. Try again.");
    },
    remove: ({ registryId, webhookId, version }) =>
      documents.remove({ kind: "webhook", owner: registryId, id: webhookId, version }),
  };
}

function webhookOf(registryId: RegistryId, { id, version, body }: Document): Webhook {
  const rest = body as Omit<Webhook, "registryId" | "version" | "webhookId">;
  return { ...rest, registryId, webhookId: id as WebhookId, version };
}
