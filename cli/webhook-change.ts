import { InvalidArgumentError } from "commander";
import { audited } from "../lib/domain/audit/record.ts";
import { isWebhookId, type WebhookId } from "../lib/id.ts";
import type { Registry } from "../lib/ports/registry.ts";
import type { Services } from "../lib/ports/services.ts";
import type { Globals } from "./options.ts";
import { inRegistry } from "./services.ts";

/** Makes a change and notes it in the audit log. */
export const changeWebhooks = <T>(
  options: Globals,
  operation: string,
  details: Record<string, string>,
  work: (services: Services, registry: Registry) => Promise<T>,
): Promise<T> =>
  inRegistry(options, "none", (services, registry) =>
    audited(services, { registryId: registry.registryId, operation, details }, () =>
      work(services, registry),
    ),
  );

export function webhookId(text: string): WebhookId {
  if (isWebhookId(text)) return text;
  throw new InvalidArgumentError("A webhook ID starts with whk_. `voiceroll webhooks list` shows them.");
}
