import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import type { ClipInput } from "../../lib/audio/types.ts";
import { compare } from "../../lib/domain/decision/compare.ts";
import type { Services } from "../../lib/ports/services.ts";
import { audioInput } from "../http/body/audio-input.ts";
import { Channel, Include, OperatingPoint, Scoring } from "../http/body/schema.ts";
import type { Env } from "../http/env.ts";
import { guarded } from "../http/guard/guard.ts";
import { audioBody, bearer, failures, idempotencyKey, queryOf, reply } from "../http/replies/describe.ts";
import { Decision } from "../http/replies/replies.ts";
import { requireAsked, shownDecision } from "./scores.ts";

const Fields = z.strictObject({
  operatingPoint: OperatingPoint.optional(),
  scoring: Scoring.optional(),
  channel: Channel.optional(),
  include: Include.optional(),
});

export const compareDefinition = createRoute({
  operationId: "compare",
  summary: "Are these two clips one voice? Neither is stored",
  tags: ["Decisions"],
  method: "post",
  path: "/compare",
  security: bearer,
  parameters: [...queryOf(Fields), idempotencyKey],
  request: { body: audioBody(Fields, ["audioA", "audioB"], false) },
  responses: { 200: reply("The same answer as verify", Decision), ...failures },
});

export function compareRoute(services: Services) {
  const middleware = guarded(services, compareDefinition, "compare", "clips");
  return new OpenAPIHono<Env>().openapi({ ...compareDefinition, middleware }, async (c) => {
    const wanted = { names: ["audioA", "audioB"], most: 1 } as const;
    const { fields, clips } = await audioInput(services, c, Fields, wanted);
    const { scopes } = c.var.key;
    requireAsked(fields, scopes);
    const withChannel = (clip: ClipInput) => ({ ...clip, channel: clip.channel ?? fields.channel });
    const decision = await compare(services, {
      registry: c.var.registry,
      clipA: withChannel(clips.audioA[0]),
      clipB: withChannel(clips.audioB[0]),
      far: fields.operatingPoint?.far,
      method: fields.scoring,
    });
    c.env.trace.decision = decision.decision;
    return c.json(Decision.parse(shownDecision(decision, scopes)), 200);
  });
}
