import type { EventId, WebhookId } from "../id.ts";
import { EVENT_TYPES } from "./event.ts";
import { Next, Time } from "./measures.ts";
import { text, type View, z } from "./zod.ts";

export const EventTypes = z
  .array(z.enum(EVENT_TYPES))
  .min(1)
  .max(EVENT_TYPES.length)
  .openapi({ example: ["speaker.enrolled", "job.finished"] });

export const Webhook = z
  .object({
    id: text<WebhookId>({ example: "whk_3v8h0d6n9q2k4m7r1t5w8y0abc" }),
    url: z
      .string()
      .openapi({ description: "Where events are posted.", example: "https://app.example.com/voiceroll" }),
    name: z.string().nullable(),
    events: EventTypes.nullable().openapi({ description: "The events that are sent. Null: all." }),
    enabled: z.boolean().openapi({ description: "Whether events are sent." }),
    disabledBecause: z.enum(["request", "failing", "gone"]).nullable().openapi({
      description:
        "`request`: a caller disabled it. `failing`: for 5 days, no delivery succeeded. `gone`: the URL replied 410.",
    }),
    failingSince: Time.nullable().openapi({
      description: "When the first delivery failed since the last one that succeeded. Null: none has.",
    }),
    oldSecretUntil: Time.nullable().openapi({
      description: "Until when deliveries are also signed with the secret before the last rotation.",
    }),
    createdAt: Time,
    updatedAt: Time,
  })
  .openapi("Webhook");

export const WebhookList = z.object({ webhooks: z.array(Webhook) }).openapi("WebhookList");

export const MadeWebhook = z
  .object({
    webhook: Webhook,
    secret: z.string().openapi({
      description: "Verifies the signatures of deliveries. It is shown once.",
      example: "whsec_...",
    }),
  })
  .openapi("MadeWebhook");

export const SentEvent = z
  .object({ event: text<EventId>({ description: "The ID of the event, `webhook-id` of its delivery." }) })
  .openapi("SentEvent");

const WebhookDelivery = z
  .object({
    event: text<EventId>({ description: "Sent as `webhook-id`, the same at each attempt." }),
    type: z.string().openapi({ description: "What happened.", example: "job.finished" }),
    state: z.enum(["waiting", "delivered", "failed"]).openapi({
      description: "`waiting`: it is sent again at `nextAttemptAt`. `failed`: it is not sent anymore.",
    }),
    attempts: z.int().min(0).openapi({ description: "How often it was sent." }),
    status: z.int().nullable().openapi({
      description: "The HTTP status of the last reply. Null: there was none.",
    }),
    failure: z.string().nullable().openapi({ description: "Why the last attempt failed. Null: it did not." }),
    createdAt: Time.openapi({ description: "When the event happened." }),
    attemptedAt: Time.openapi({ description: "When the last attempt was made." }),
    nextAttemptAt: Time.nullable().openapi({ description: "Null: it is not sent again." }),
  })
  .openapi("WebhookDelivery");

export const DeliveryList = z
  .object({ deliveries: z.array(WebhookDelivery), next: Next })
  .openapi("DeliveryList");

export type WebhookView = View<typeof Webhook>;
export type DeliveryView = View<typeof WebhookDelivery>;
