import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { verify } from "../../lib/domain/decision/verify.ts";
import type { Services } from "../../lib/ports/services.ts";
import { audioInput } from "../http/body/audio-input.ts";
import { Channel, Include, OperatingPoint, Scoring, Speaker, speakerIdOf } from "../http/body/schema.ts";
import type { Env } from "../http/env.ts";
import { guarded } from "../http/guard/guard.ts";
import { audioBody, bearer, failures, idempotencyKey, queryOf, reply } from "../http/replies/describe.ts";
import { Decision } from "../http/replies/replies.ts";
import { requireAsked, shownDecision } from "./scores.ts";

const Fields = z.strictObject({
  speaker: Speaker,
  operatingPoint: OperatingPoint.optional(),
  scoring: Scoring.optional(),
  channel: Channel.optional(),
  include: Include.optional(),
});

export const verifyDefinition = createRoute({
  operationId: "verify",
  summary: "Is this clip the speaker it is said to be?",
  tags: ["Decisions"],
  method: "post",
  path: "/verify",
  security: bearer,
  parameters: [...queryOf(Fields), idempotencyKey],
  request: { body: audioBody(Fields, ["audio"], false) },
  responses: { 200: reply("Decision, scores and the threshold's measured rates", Decision), ...failures },
});

export function verifyRoute(services: Services) {
  const middleware = guarded(services, verifyDefinition, "verify", "audio");
  return new OpenAPIHono<Env>().openapi({ ...verifyDefinition, middleware }, async (c) => {
    const wanted = { names: ["audio"], most: 1 } as const;
    const { fields, clips } = await audioInput(services, c, Fields, wanted);
    const { scopes } = c.var.key;
    requireAsked(fields, scopes);
    const [clip] = clips.audio;
    const decision = await verify(services, {
      registry: c.var.registry,
      speakerId: speakerIdOf(fields.speaker),
      clip: { ...clip, channel: clip.channel ?? fields.channel },
      far: fields.operatingPoint?.far,
      method: fields.scoring,
    });
    c.env.trace.decision = decision.decision;
    return c.json(Decision.parse(shownDecision(decision, scopes)), 200);
  });
}
