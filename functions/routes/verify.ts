import { z } from "@hono/zod-openapi";
import { verify } from "../../lib/domain/decision/verify.ts";
import { Decision } from "../../lib/schema/decision.ts";
import { selection } from "../http/body/piece.ts";
import { Include, OperatingPoint, Scoring, Speaker, speakerIdOf } from "../http/body/schema.ts";
import { callerOf } from "../http/guard/caller.ts";
import { audioFields } from "../http/input.ts";
import { callerIdHeader } from "../http/replies/describe.ts";
import { route } from "../http/route.ts";
import { farChoice, noteDecision, requireScoreScope, shownDecision } from "./scores.ts";

const Fields = z.strictObject({
  speaker: Speaker,
  operatingPoint: OperatingPoint.optional(),
  scoring: Scoring.optional(),
  ...selection,
  include: Include.optional(),
});

export const verifyRoute = route(
  {
    operationId: "verify",
    summary: "Check whether a clip is the voice of a claimed speaker",
    tag: "Decisions",
    method: "post",
    path: "/verify",
    audit: "decisions",
    scope: "verify",
    parameters: [callerIdHeader],
    input: audioFields(Fields, { audio: 1 }),
    reply: {
      description: "The decision, with its scores and the threshold's measured rates",
      schema: Decision,
    },
  },
  async (services, { registry, scopes, fields, clips, act, c }) => {
    requireScoreScope(fields, scopes);
    const choice = farChoice(fields, scopes);
    act.speakerId = fields.speaker;
    const [clip] = clips("audio");
    const decision = await verify(services, {
      registry,
      speakerId: speakerIdOf(fields.speaker),
      clip,
      ...choice,
      caller: callerOf(c),
      attempt: c.var.attempt,
      method: fields.scoring,
    });
    await noteDecision(services, { registry, act }, choice, decision);
    c.env.trace.decision = decision.decision;
    return shownDecision(decision, scopes);
  },
);
