import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { identify } from "../../lib/domain/decision/identify.ts";
import type { Services } from "../../lib/ports/services.ts";
import { audioInput } from "../http/body/audio-input.ts";
import { Channel, groupIdOf, Include, OperatingPoint } from "../http/body/schema.ts";
import type { Env } from "../http/env.ts";
import { guarded } from "../http/guard/guard.ts";
import { audioBody, bearer, failures, idempotencyKey, queryOf, reply } from "../http/replies/describe.ts";
import { Identification } from "../http/replies/replies.ts";
import { requireAsked, shownIdentification } from "./scores.ts";

const Fields = z.strictObject({
  limit: z.int().min(1).max(10).optional().openapi({ description: "Candidates to list; 5 where not given." }),
  group: z.string().optional().openapi({ description: "Search among this group's members alone." }),
  operatingPoint: OperatingPoint.optional(),
  channel: Channel.optional(),
  include: Include.optional(),
});

export const identifyDefinition = createRoute({
  operationId: "identify",
  summary: "Who of the registry is this, if anyone?",
  tags: ["Decisions"],
  method: "post",
  path: "/identify",
  security: bearer,
  parameters: [...queryOf(Fields), idempotencyKey],
  request: { body: audioBody(Fields, ["audio"], false) },
  responses: { 200: reply("Decision and candidates, best first", Identification), ...failures },
});

export function identifyRoute(services: Services) {
  const middleware = guarded(services, identifyDefinition, "identify", "audio");
  return new OpenAPIHono<Env>().openapi({ ...identifyDefinition, middleware }, async (c) => {
    const wanted = { names: ["audio"], most: 1 } as const;
    const { fields, clips } = await audioInput(services, c, Fields, wanted);
    const { scopes } = c.var.key;
    requireAsked(fields, scopes);
    const [clip] = clips.audio;
    const found = await identify(services, {
      registry: c.var.registry,
      clip: { ...clip, channel: clip.channel ?? fields.channel },
      groupId: fields.group === undefined ? undefined : groupIdOf(fields.group),
      limit: fields.limit,
      far: fields.operatingPoint?.far,
    });
    c.env.trace.decision = found.decision;
    return c.json(Identification.parse(shownIdentification(found, scopes)), 200);
  });
}
