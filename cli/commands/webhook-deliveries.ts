import type { Command } from "commander";
import { listDeliveries, testWebhook } from "../../lib/domain/event/deliveries.ts";
import type { WebhookId } from "../../lib/id.ts";
import type { DeliveryView } from "../../lib/schema/webhook.ts";
import { allPages } from "../all-pages.ts";
import type { Globals } from "../options.ts";
import { print, printJson, printJsonLines, table } from "../print.ts";
import { inRegistry } from "../services.ts";
import { t, translated } from "../text/language.ts";
import { changeWebhooks, webhookId } from "../webhook-change.ts";

export function addTest(webhooks: Command): void {
  webhooks
    .command("test")
    .description("queue an event of type webhook.test, which the running server sends")
    .argument("<webhook>", "the webhook's ID, whk_...", webhookId)
    .action(async (id: WebhookId, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const sent = await changeWebhooks(options, "testWebhook", { webhook: id }, (services, { registryId }) =>
        testWebhook(services, { registryId, webhookId: id }),
      );
      if (options.json) return printJson(sent);
      print(t`${sent.event}: queued. See \`voiceroll webhooks deliveries ${id}\`.`);
    });
}

export function addDeliveries(webhooks: Command): void {
  webhooks
    .command("deliveries")
    .description("list what became of the deliveries of the last 30 days, newest first")
    .argument("<webhook>", "the webhook's ID, whk_...", webhookId)
    .action(async (id: WebhookId, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const views = await inRegistry(options, "none", (services, { registryId }) =>
        allPages((page) => listDeliveries(services, { registryId, webhookId: id, ...page })),
      );
      if (options.json) return printJsonLines(views);
      const rows = views.map((view) => [
        ...[view.createdAt, view.event, view.type, translated(view.state), String(view.attempts)],
        outcomeOf(view),
      ]);
      print(table([[t`time`, t`event`, t`type`, t`state`, t`attempts`, t`last reply`], ...rows]));
    });
}

const outcomeOf = ({ status, failure }: DeliveryView): string =>
  failure ? translated(failure) : String(status ?? "");
