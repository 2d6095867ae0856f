import { z } from "@hono/zod-openapi";
import { compare } from "../../lib/domain/decision/compare.ts";
import { Decision } from "../../lib/schema/decision.ts";
import { FirstSpeechSeconds, Segment, selection } from "../http/body/piece.ts";
import { Channel, Include, OperatingPoint, Scoring } from "../http/body/schema.ts";
import { probeFields } from "../http/input.ts";
import { route } from "../http/route.ts";
import { farChoice, noteDecision, requireScoreScope, shownDecision } from "./scores.ts";

const Fields = z.strictObject({
  operatingPoint: OperatingPoint.optional(),
  scoring: Scoring.optional(),
  ...selection,
  channelA: Channel.optional(),
  channelB: Channel.optional(),
  segmentA: Segment.optional(),
  segmentB: Segment.optional(),
  firstSpeechSecondsA: FirstSpeechSeconds.optional(),
  firstSpeechSecondsB: FirstSpeechSeconds.optional(),
  include: Include.optional(),
});

export const compareRoute = route(
  {
    operationId: "compare",
    details: "Nothing but the decision is stored.",
    summary: "Check whether two clips are the same voice; neither clip is stored",
    tag: "Decisions",
    method: "post",
    path: "/compare",
    audit: "decisions",
    scope: "compare",
    problems: ["embeddings-off", "model-mismatch"],
    input: probeFields(Fields, ["audioA", "audioB"]),
    reply: { description: "The decision, in the same form as for verify", schema: Decision },
  },
  async (services, { registry, scopes, fields, probe, act, c }) => {
    requireScoreScope(fields, scopes);
    const choice = farChoice(fields, scopes);
    const decision = await compare(services, {
      registry,
      clipA: probe("audioA"),
      clipB: probe("audioB"),
      ...choice,
      method: fields.scoring,
    });
    await noteDecision(services, { registry, act }, choice, decision);
    c.env.trace.decision = decision.decision;
    return shownDecision(decision, scopes);
  },
);
