import { type Command, InvalidArgumentError, Option } from "commander";
import { listWebhooks } from "../../lib/domain/event/read.ts";
import {
  createWebhook,
  deleteWebhook,
  OVERLAP_SECONDS,
  rotateSecret,
  updateWebhook,
} from "../../lib/domain/event/webhook.ts";
import type { WebhookId } from "../../lib/id.ts";
import { EVENT_TYPES, type EventType } from "../../lib/schema/event.ts";
import type { WebhookView } from "../../lib/schema/webhook.ts";
import { type Globals, wholeNumber } from "../options.ts";
import { print, printJson, printJsonLines, table, warn } from "../print.ts";
import { inRegistry } from "../services.ts";
import { t, translated } from "../text/language.ts";
import { changeWebhooks, webhookId } from "../webhook-change.ts";
import { addDeliveries, addTest } from "./webhook-deliveries.ts";

export function addWebhooks(program: Command): void {
  const webhooks = program.command("webhooks").description("manage the URLs to which events are posted");
  addCreate(webhooks);
  addList(webhooks);
  addSet(webhooks);
  addRotate(webhooks);
  addTest(webhooks);
  addDeliveries(webhooks);
  addDelete(webhooks);
}

const eventsOption = () =>
  new Option("--events <types...>", "the events to send; default: all").choices(EVENT_TYPES);

function addCreate(webhooks: Command): void {
  webhooks
    .command("create")
    .description("create a webhook and print its secret, which is shown only once")
    .argument("<url>", "an https:// URL with a public address")
    .option("--name <name>", "what the webhook is for")
    .addOption(eventsOption())
    .action(async (url: string, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals & { name?: string; events?: EventType[] }>();
      const { name, events } = options;
      const made = await changeWebhooks(options, "createWebhook", {}, (services, registry) =>
        createWebhook(services, { registry, url, name, events }),
      );
      printSecret(options, made);
    });
}

function addList(webhooks: Command): void {
  webhooks
    .command("list")
    .description("list the webhooks, oldest first, without their secrets")
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const views = await inRegistry(options, "none", listWebhooks);
      if (options.json) return printJsonLines(views);
      const rows = views.map(({ id, url, events, ...view }) => [
        id,
        stateOf(view),
        events?.join(" ") ?? t`all`,
        url,
      ]);
      print(table([[t`webhook`, t`state`, t`events`, "URL"], ...rows]));
    });
}

function addSet(webhooks: Command): void {
  webhooks
    .command("set")
    .description("change a webhook")
    .argument("<webhook>", "the webhook's ID, whk_...", webhookId)
    .option("--url <url>", "another URL")
    .option("--name <name>", 'another name; "" removes it')
    .addOption(
      new Option("--events <types...>", 'the events to send; "all"').choices(["all", ...EVENT_TYPES]),
    )
    .option("--enabled <yes|no>", "send events; yes also after failures have disabled it", yesNo)
    .action(async (id: WebhookId, _own, command: Command) => {
      type Own = { url?: string; name?: string; events?: (EventType | "all")[]; enabled?: boolean };
      const options = command.optsWithGlobals<Globals & Own>();
      const { url, enabled } = options;
      const name = options.name === "" ? null : options.name;
      const events = options.events && eventsOf(options.events);
      const view = await changeWebhooks(options, "updateWebhook", { webhook: id }, (services, registry) =>
        updateWebhook(services, { registry, webhookId: id, url, name, events, enabled }),
      );
      if (options.json) return printJson(view);
      print(`${view.id}: ${stateOf(view)}`);
    });
}

const eventsOf = (given: readonly (EventType | "all")[]): EventType[] | null =>
  given.includes("all") ? null : given.filter((type) => type !== "all");

function addRotate(webhooks: Command): void {
  webhooks
    .command("rotate")
    .description("give a webhook a new secret and print it; the old one signs as well for some time")
    .argument("<webhook>", "the webhook's ID, whk_...", webhookId)
    .option(
      "--overlap-seconds <s>",
      `for how long the old secret signs as well; default: ${OVERLAP_SECONDS.usual}`,
      wholeNumber(0, OVERLAP_SECONDS.most),
    )
    .action(async (id: WebhookId, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals & { overlapSeconds?: number }>();
      const { overlapSeconds } = options;
      const made = await changeWebhooks(
        options,
        "rotateWebhookSecret",
        { webhook: id },
        (services, { registryId }) => rotateSecret(services, { registryId, webhookId: id, overlapSeconds }),
      );
      printSecret(options, made);
    });
}

function addDelete(webhooks: Command): void {
  webhooks
    .command("delete")
    .description("delete a webhook; events that wait for it are not sent")
    .argument("<webhook>", "the webhook's ID, whk_...", webhookId)
    .action(async (id: WebhookId, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      await changeWebhooks(options, "deleteWebhook", { webhook: id }, (services, { registryId }) =>
        deleteWebhook(services, { registryId, webhookId: id }),
      );
      if (options.json) return printJson({ id, deleted: true });
      print(t`${id}: deleted`);
    });
}

function printSecret(options: Globals, made: { webhook: WebhookView; secret: string }): void {
  if (options.json) printJson(made);
  else print(made.secret);
  warn(t`${made.webhook.id}: save the secret, it can't be shown again.`);
}

const stateOf = ({ disabledBecause }: Pick<WebhookView, "disabledBecause">): string =>
  disabledBecause === null ? t`enabled` : t`disabled (${translated(disabledBecause)})`;

function yesNo(text: string): boolean {
  if (text === "yes" || text === "no") return text === "yes";
  throw new InvalidArgumentError("Use yes or no.");
}
