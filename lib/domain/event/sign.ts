import { createHmac } from "node:crypto";
import type { Secrets } from "../../ports/services.ts";
import type { Webhook } from "../../ports/webhook.ts";
import { everySecret } from "../secrets.ts";

type Named = Pick<Webhook, "registryId" | "webhookId">;

/**
 * Returns the text of a webhook's secret: `whsec_` and the base64 of 32 bytes. It is derived from
 * the deployment's secret, so no store and no backup contains it.
 */
export const secretText = (deployment: Uint8Array, webhook: Named, number: number): string =>
  `whsec_${secretOf(deployment, webhook, number).toString("base64")}`;

const secretOf = (deployment: Uint8Array, { registryId, webhookId }: Named, number: number): Buffer =>
  createHmac("sha256", deployment)
    .update(JSON.stringify(["webhook", registryId, webhookId, number]))
    .digest();

/**
 * Returns the headers of a message: its ID, its time and a `v1` signature by each secret in force.
 *
 * at      when it is sent
 * source  Standard Webhooks 1.0.0,
 *         https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signedHeaders(
  secrets: Secrets,
  webhook: Named & Pick<Webhook, "oldSecretUntil" | "secretNumber">,
  { id, at, body }: { id: string; at: Date; body: string },
): Record<string, string> {
  const seconds = Math.floor(at.getTime() / 1000);
  const { secretNumber, oldSecretUntil } = webhook;
  const overlaps = oldSecretUntil !== undefined && at.getTime() < Date.parse(oldSecretUntil);
  const numbers = overlaps ? [secretNumber, secretNumber - 1] : [secretNumber];
  const keys = everySecret(secrets).flatMap((one) => numbers.map((number) => secretOf(one, webhook, number)));
  const signatures = keys.map((key) => {
    const hmac = createHmac("sha256", key);
    return `v1,${hmac.update(`${id}.${seconds}.${body}`).digest("base64")}`;
  });
  return {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(seconds),
    "webhook-signature": signatures.join(" "),
  };
}
