import { AppError } from "../../error.ts";
import type { RegistryId, WebhookId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Webhook } from "../../ports/webhook.ts";
import type { WebhookView } from "../../schema/webhook.ts";

export type WebhookKey = { registryId: RegistryId; webhookId: WebhookId };

/** The registry's webhooks, oldest first. */
export async function listWebhooks(
  { webhooks }: Pick<Services, "webhooks">,
  { registryId }: { registryId: RegistryId },
): Promise<readonly WebhookView[]> {
  const found = await webhooks.list(registryId);
  return found.toSorted((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt)).map(webhookView);
}

/** Throws `webhook-not-found`. */
export const readWebhook = async (
  services: Pick<Services, "webhooks">,
  key: WebhookKey,
): Promise<WebhookView> => webhookView(await requireWebhook(services, key));

/** Throws the same `webhook-not-found` for an unknown webhook and for another registry's. */
export async function requireWebhook(
  { webhooks }: Pick<Services, "webhooks">,
  { registryId, webhookId }: WebhookKey,
): Promise<Webhook> {
  const webhook = await webhooks.get(registryId, webhookId);
  if (webhook) return webhook;
  throw new AppError("webhook-not-found", `No webhook ${webhookId} exists in this registry.`);
}

export const webhookView = (webhook: Webhook): WebhookView => ({
  id: webhook.webhookId,
  url: webhook.url,
  name: webhook.name ?? null,
  events: webhook.events ?? null,
  enabled: webhook.disabled === undefined,
  disabledBecause: webhook.disabled ?? null,
  failingSince: webhook.failingSince ?? null,
  oldSecretUntil: webhook.oldSecretUntil ?? null,
  createdAt: webhook.createdAt,
  updatedAt: webhook.updatedAt,
});
