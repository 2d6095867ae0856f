import { z } from "@hono/zod-openapi";
import { identify } from "../../lib/domain/decision/identify.ts";
import { Identification } from "../../lib/schema/decision.ts";
import { selection } from "../http/body/piece.ts";
import { groupIdOf, Include, OperatingPoint } from "../http/body/schema.ts";
import { callerOf } from "../http/guard/caller.ts";
import { audioFields } from "../http/input.ts";
import { callerIdHeader } from "../http/replies/describe.ts";
import { route } from "../http/route.ts";
import { farChoice, noteDecision, requireScoreScope, shownIdentification } from "./scores.ts";

const Fields = z.strictObject({
  limit: z.int().min(1).max(10).optional().describe("The most candidates to return. 5 by default."),
  group: z.string().optional().describe("Search only the members of this group."),
  operatingPoint: OperatingPoint.optional(),
  ...selection,
  include: Include.optional(),
});

export const identifyRoute = route(
  {
    operationId: "identify",
    summary: "Find out which speaker of the registry a clip is, if any",
    tag: "Decisions",
    method: "post",
    path: "/identify",
    audit: "decisions",
    scope: "identify",
    parameters: [callerIdHeader],
    input: audioFields(Fields, { audio: 1 }),
    reply: { description: "The decision and the candidates, best first", schema: Identification },
  },
  async (services, { registry, scopes, fields, clips, act, c }) => {
    requireScoreScope(fields, scopes);
    const choice = farChoice(fields, scopes);
    const [clip] = clips("audio");
    const identification = await identify(services, {
      registry,
      clip,
      groupId: fields.group === undefined ? undefined : groupIdOf(fields.group),
      limit: fields.limit,
      ...choice,
      caller: callerOf(c),
      attempt: c.var.attempt,
    });
    await noteDecision(services, { registry, act }, choice, identification);
    c.env.trace.decision = identification.decision;
    return shownIdentification(identification, scopes);
  },
);
