import { getOpenApiMetadata, type OpenAPIRegistry } from "@asteasolutions/zod-to-openapi";
import { z } from "@hono/zod-openapi";
import { EVENT_DATA, EVENT_TYPES, type EventType } from "../../lib/schema/event.ts";
import { Time } from "../../lib/schema/measures.ts";

const header = (name: string, description: string) =>
  ({ name, in: "header", required: true, description, schema: { type: "string" } }) as const;
const HEADERS = [
  header("webhook-id", "The ID of the event, `evt_...`. It is the same at each attempt."),
  header("webhook-timestamp", "When this attempt was made, in seconds since 1970."),
  header("webhook-signature", "One signature by each secret in force: `v1,<base64>`, separated by spaces."),
];

/** Describes the requests that webhooks receive. */
export function registerEvents(registry: OpenAPIRegistry): void {
  for (const type of EVENT_TYPES) {
    registry.registerWebhook({
      operationId: `on${camelCase(type)}`,
      summary: getOpenApiMetadata(EVENT_DATA[type])?.description ?? type,
      tags: ["Webhooks"],
      method: "post",
      path: type,
      security: [],
      parameters: HEADERS,
      request: { body: { required: true, content: { "application/json": { schema: bodyOf(type) } } } },
      responses: {
        "2XX": {
          description: "The event was received. Any other status, or none within 10 s, is a failure.",
        },
        410: { description: "Nothing more is to be sent: the webhook is disabled." },
      },
    });
  }
}

/** "speaker.opted-out" -> "SpeakerOptedOut" */
const camelCase = (type: EventType): string =>
  type.replaceAll(/(?:^|[.-])(\w)/g, (_, first: string) => first.toUpperCase());

const bodyOf = (type: EventType) =>
  z.object({
    type: z.literal(type),
    timestamp: Time.openapi({ description: "When the event happened." }),
    data: EVENT_DATA[type],
  });
