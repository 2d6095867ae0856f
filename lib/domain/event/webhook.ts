import { AppError } from "../../error.ts";
import { makeId, type WebhookId } from "../../id.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { Webhook } from "../../ports/webhook.ts";
import type { EventType } from "../../schema/event.ts";
import type { WebhookView } from "../../schema/webhook.ts";
import { untilCommitted } from "../commit.ts";
import { invalid } from "../invalid.ts";
import { requireWebhook, type WebhookKey, webhookView } from "./read.ts";
import { secretText } from "./sign.ts";

export const MOST_WEBHOOKS = 10;
/** How long an old secret signs after a rotation, by default and at most. */
export const OVERLAP_SECONDS = { usual: 86_400, most: 7 * 86_400 };

type Details = {
  url?: string | undefined;
  /** null: none */
  name?: string | null | undefined;
  /** null: all */
  events?: readonly EventType[] | null | undefined;
};
type MadeWebhook = { webhook: WebhookView; secret: string };

/**
 * Creates a webhook. Its secret can't be read again.
 *
 * throws  `webhook-limit-reached`; `validation-failed` for a URL to which nothing is sent
 */
export async function createWebhook(
  services: Pick<Services, "clock" | "random" | "secret" | "webhookSender" | "webhooks">,
  { registry, url, name, events }: Details & { registry: Registry; url: string },
): Promise<MadeWebhook> {
  const { registryId } = registry;
  requireUsable(services, registry, { url, events });
  const now = services.clock.now().toISOString();
  const webhook: Webhook = {
    registryId,
    webhookId: makeId("whk", services.random.bytes(16)),
    url,
    name: name ?? undefined,
    events: events ?? undefined,
    secretNumber: 1,
    createdAt: now,
    updatedAt: now,
    version: 1,
  };
  if ((await services.webhooks.list(registryId)).length >= MOST_WEBHOOKS) throw tooMany();
  await services.webhooks.put(webhook);
  // Another request may have created the last one at the same time.
  if ((await services.webhooks.list(registryId)).length > MOST_WEBHOOKS) {
    await services.webhooks.remove(webhook);
    throw tooMany();
  }
  return { webhook: webhookView(webhook), secret: secretText(services.secret, webhook, 1) };
}

/** Changes the given fields. Enabling a webhook also forgets its failures. */
export async function updateWebhook(
  services: Pick<Services, "clock" | "random" | "webhookSender" | "webhooks">,
  input: Details & { registry: Registry; webhookId: WebhookId; enabled?: boolean | undefined },
): Promise<WebhookView> {
  const { registry, webhookId, url, name, events, enabled } = input;
  requireUsable(services, registry, { url, events });
  const changed = await changeWebhook(
    services,
    { registryId: registry.registryId, webhookId },
    (webhook) => ({
      ...webhook,
      url: url ?? webhook.url,
      name: name === undefined ? webhook.name : (name ?? undefined),
      events: events === undefined ? webhook.events : (events ?? undefined),
      ...(enabled === true ? { disabled: undefined, failingSince: undefined } : {}),
      ...(enabled === false ? { disabled: webhook.disabled ?? "request" } : {}),
    }),
  );
  return webhookView(changed);
}

/**
 * Gives a webhook a new secret. The old one signs as well for some time.
 *
 * overlapSeconds  0 to OVERLAP_SECONDS.most
 */
export async function rotateSecret(
  services: Pick<Services, "clock" | "random" | "secret" | "webhooks">,
  { overlapSeconds = OVERLAP_SECONDS.usual, ...key }: WebhookKey & { overlapSeconds?: number | undefined },
): Promise<MadeWebhook> {
  const until = new Date(services.clock.now().getTime() + overlapSeconds * 1000).toISOString();
  const changed = await changeWebhook(services, key, (webhook) => ({
    ...webhook,
    secretNumber: webhook.secretNumber + 1,
    oldSecretUntil: until,
  }));
  return {
    webhook: webhookView(changed),
    secret: secretText(services.secret, changed, changed.secretNumber),
  };
}

/** Deletes a webhook. Events that wait for it are not sent. Throws `webhook-not-found`. */
export async function deleteWebhook(
  services: Pick<Services, "clock" | "random" | "webhooks">,
  key: WebhookKey,
): Promise<void> {
  await untilCommitted(services, async () => {
    const webhook = await requireWebhook(services, key);
    await services.webhooks.remove(webhook);
    // A store removes nothing, without saying so, if another request was faster.
    if (await services.webhooks.get(key.registryId, key.webhookId)) throw contended();
  });
}

/** Retries from the read if another writer was faster. Throws `webhook-not-found`. */
export function changeWebhook(
  services: Pick<Services, "clock" | "random" | "webhooks">,
  key: WebhookKey,
  change: (webhook: Webhook) => Webhook,
): Promise<Webhook> {
  return untilCommitted(services, async () => {
    const webhook = await requireWebhook(services, key);
    const changed = change(webhook);
    if (changed === webhook) return webhook;
    const updatedAt = services.clock.now().toISOString();
    const next = { ...changed, updatedAt, version: webhook.version + 1 };
    await services.webhooks.put(next);
    return next;
  });
}

function requireUsable(
  { webhookSender }: Pick<Services, "webhookSender">,
  { settings }: Registry,
  { url, events }: Details,
): void {
  const refusal = url === undefined ? undefined : webhookSender.refusal(url);
  if (refusal) throw invalid("/url", refusal);
  if (events?.includes("decision.made") && !settings.decisionEvents)
    throw invalid("/events", "This registry makes no `decision.made` events. Set `decisionEvents` first.");
}

const tooMany = (): AppError =>
  new AppError("webhook-limit-reached", `This registry has ${MOST_WEBHOOKS} webhooks. Delete one first.`);

const contended = (): AppError =>
  new AppError("write-contention", "Another request changed this webhook first. Try again.");
