import { z } from "@hono/zod-openapi";
import { listDeliveries, testWebhook } from "../../lib/domain/event/deliveries.ts";
import { listWebhooks, readWebhook } from "../../lib/domain/event/read.ts";
import {
  createWebhook,
  deleteWebhook,
  OVERLAP_SECONDS,
  rotateSecret,
  updateWebhook,
} from "../../lib/domain/event/webhook.ts";
import {
  DeliveryList,
  EventTypes,
  MadeWebhook,
  SentEvent,
  Webhook,
  WebhookList,
} from "../../lib/schema/webhook.ts";
import { Name, PageFields, webhookIdOf } from "../http/body/schema.ts";
import { pageOf } from "../http/guard/cursor.ts";
import { emptyBody, jsonFields, noFields, query } from "../http/input.ts";
import { route } from "../http/route.ts";

const Url = z.string().min(1).max(2048).describe("An https:// URL with a public address.");
const NewWebhook = z.strictObject({
  url: Url,
  name: Name.optional().describe("What the webhook is for."),
  events: EventTypes.optional().describe("The events to send. Without it: all."),
});
const Changes = z
  .strictObject({
    url: Url.optional(),
    name: Name.nullable().optional().describe("Null removes the name."),
    events: EventTypes.nullable().optional().describe("Null: all."),
    enabled: z.boolean().optional().describe("True also enables a webhook that was disabled by failures."),
  })
  .refine((changes) => Object.keys(changes).length > 0, "Send at least one field to change.");
const Rotation = z.strictObject({
  overlapSeconds: z
    .int()
    .min(0)
    .max(OVERLAP_SECONDS.most)
    .optional()
    .describe(
      `For how long deliveries are signed with the old secret as well. By default ${OVERLAP_SECONDS.usual}.`,
    ),
});

const webhooks = { tag: "Webhooks", path: "/webhooks", scope: "webhooks:write" } as const;
const reading = { ...webhooks, scope: ["webhooks:read", "webhooks:write"] } as const;
const one = "/webhooks/{webhookId}" as const;
const deliveries = "/webhooks/{webhookId}/deliveries" as const;

export const webhookRoutes = [
  route(
    {
      ...reading,
      operationId: "listWebhooks",
      summary: "List the registry's webhooks, oldest first",
      method: "get",
      input: noFields,
      reply: { description: "The webhooks, without their secrets", schema: WebhookList },
    },
    async (services, { registry: { registryId } }) => ({
      webhooks: await listWebhooks(services, { registryId }),
    }),
  ),
  route(
    {
      ...webhooks,
      operationId: "createWebhook",
      summary: "Create a webhook, to which the registry's events are posted; its secret is shown once",
      problems: ["webhook-limit-reached"],
      method: "post",
      // A reply that is stored for retries would store the secret.
      idempotent: false,
      input: jsonFields(NewWebhook),
      reply: { status: 201, description: "The webhook and its secret", schema: MadeWebhook },
    },
    async (services, { registry, fields, act }) => {
      const made = await createWebhook(services, { registry, ...fields });
      act.details = { webhook: made.webhook.id };
      return made;
    },
  ),
  route(
    {
      ...reading,
      operationId: "readWebhook",
      summary: "Read a webhook",
      path: one,
      problems: ["webhook-not-found"],
      method: "get",
      input: noFields,
      reply: { description: "The webhook, without its secret", schema: Webhook },
    },
    async (services, { registry: { registryId }, param }) =>
      readWebhook(services, { registryId, webhookId: webhookIdOf(param("webhookId")) }),
  ),
  route(
    {
      ...webhooks,
      operationId: "updateWebhook",
      summary: "Change the URL, the name or the events of a webhook, disable it, or enable it again",
      path: one,
      problems: ["webhook-not-found"],
      method: "patch",
      input: jsonFields(Changes),
      reply: { description: "The updated webhook", schema: Webhook },
    },
    async (services, { registry, param, fields }) =>
      updateWebhook(services, { registry, webhookId: webhookIdOf(param("webhookId")), ...fields }),
  ),
  route(
    {
      ...webhooks,
      operationId: "deleteWebhook",
      summary: "Delete a webhook; events that wait for it are not sent",
      path: one,
      problems: ["webhook-not-found"],
      method: "delete",
      input: emptyBody,
      reply: { status: 204, description: "The webhook was deleted" },
    },
    async (services, { registry: { registryId }, param }) => {
      await deleteWebhook(services, { registryId, webhookId: webhookIdOf(param("webhookId")) });
      return undefined;
    },
  ),
  route(
    {
      ...webhooks,
      operationId: "rotateWebhookSecret",
      summary: "Give a webhook a new secret; the old one signs as well for some time",
      path: "/webhooks/{webhookId}/secret",
      problems: ["webhook-not-found"],
      method: "post",
      idempotent: false,
      input: jsonFields(Rotation),
      reply: { description: "The webhook and its new secret", schema: MadeWebhook },
    },
    async (services, { registry: { registryId }, param, fields }) =>
      rotateSecret(services, { registryId, webhookId: webhookIdOf(param("webhookId")), ...fields }),
  ),
  route(
    {
      ...webhooks,
      operationId: "testWebhook",
      summary: "Send an event of type `webhook.test` to a webhook",
      path: "/webhooks/{webhookId}/test",
      problems: ["webhook-not-found"],
      method: "post",
      input: emptyBody,
      reply: {
        status: 202,
        description: "The event; its delivery is listed after the attempt",
        schema: SentEvent,
      },
    },
    async (services, { registry: { registryId }, param }) =>
      testWebhook(services, { registryId, webhookId: webhookIdOf(param("webhookId")) }),
  ),
  route(
    {
      ...reading,
      operationId: "listWebhookDeliveries",
      summary: "List what became of a webhook's deliveries in the last 30 days, newest first",
      path: deliveries,
      problems: ["webhook-not-found"],
      method: "get",
      input: query(PageFields),
      reply: { description: "A page of deliveries", schema: DeliveryList },
    },
    async (services, { registry: { registryId }, param, fields }) => {
      const webhookId = webhookIdOf(param("webhookId"));
      const place = { registryId, route: `${deliveries} ${webhookId}` };
      const { items, next } = await pageOf(services, place, fields, (page) =>
        listDeliveries(services, { registryId, webhookId, ...page }),
      );
      return { deliveries: items, next };
    },
  ),
];
