import { AppError } from "../../error.ts";
import type { Services } from "../../ports/services.ts";
import type { Sent, Webhook } from "../../ports/webhook.ts";
import type { WebhookKey } from "./read.ts";
import { changeWebhook } from "./webhook.ts";

/** A webhook that fails for this long, without a success in between, is disabled. */
export const FAILING_DAYS = 5;
const DAY_MS = 86_400_000;

/**
 * Notes on the webhook that a delivery succeeded or failed, and disables one that keeps failing or
 * whose URL replied 410. Writes nothing if that changes nothing.
 */
export async function noteOutcome(
  services: Pick<Services, "clock" | "random" | "webhooks">,
  key: WebhookKey,
  sent: Sent,
  isDelivered: boolean,
): Promise<void> {
  const now = services.clock.now();
  await changeWebhook(services, key, (webhook) => {
    if (isDelivered) return webhook.failingSince ? { ...webhook, failingSince: undefined } : webhook;
    return failed(webhook, sent, now);
  });
}

function failed(webhook: Webhook, sent: Sent, now: Date): Webhook {
  if (webhook.disabled) return webhook;
  const since = webhook.failingSince ?? now.toISOString();
  const isOver = now.getTime() - Date.parse(since) >= FAILING_DAYS * DAY_MS;
  const isGone = "status" in sent && sent.status === 410;
  const disabled = isGone ? "gone" : isOver ? "failing" : undefined;
  if (webhook.failingSince === since && !disabled) return webhook;
  return { ...webhook, failingSince: since, disabled };
}

/** The webhook may be deleted while an event is sent to it. */
export function ignoreMissing(error: unknown): void {
  if (!(error instanceof AppError && error.slug === "webhook-not-found")) throw error;
}
