import { z } from "@hono/zod-openapi";
import { identify } from "../../lib/domain/decision/identify.ts";
import { Identification } from "../../lib/schema/decision.ts";
import { selection } from "../http/body/piece.ts";
import { groupIdOf, Include, invalid, OperatingPoint, Speaker, speakerIdOf } from "../http/body/schema.ts";
import { callerOf } from "../http/guard/caller.ts";
import { probeFields } from "../http/input.ts";
import { callerIdHeader } from "../http/replies/describe.ts";
import { route } from "../http/route.ts";
import { farChoice, noteDecision, requireScoreScope, shownIdentification } from "./scores.ts";

const MOST_SPEAKERS = 1000;

const Fields = z.strictObject({
  limit: z.int().min(1).max(10).optional().describe("The most candidates to return. 5 by default."),
  group: z.string().optional().describe("Search only the members of this group."),
  speakers: z
    .array(Speaker)
    .min(1)
    .max(MOST_SPEAKERS)
    .optional()
    .describe("Search only these speakers. In the query and in parts, separate them with commas."),
  operatingPoint: OperatingPoint.optional(),
  ...selection,
  include: Include.optional(),
});

export const identifyRoute = route(
  {
    operationId: "identify",
    details:
      "The search is exhaustive: `searched` is the number of voiceprints that were compared, and the " +
      "threshold depends on it.",
    summary: "Find out which speaker of the registry a clip is, if any",
    tag: "Decisions",
    method: "post",
    path: "/identify",
    audit: "decisions",
    scope: "identify",
    problems: ["embeddings-off", "group-not-found", "model-mismatch", "identify-attempts-exhausted"],
    parameters: [callerIdHeader],
    input: probeFields(Fields, ["audio"]),
    reply: { description: "The decision and the candidates, best first", schema: Identification },
  },
  async (services, { registry, scopes, fields, probe, act, c }) => {
    requireScoreScope(fields, scopes);
    const choice = farChoice(fields, scopes);
    if (fields.group !== undefined && fields.speakers !== undefined) throw invalid([GROUP_OR_SPEAKERS]);
    const identification = await identify(services, {
      registry,
      clip: probe("audio"),
      groupId: fields.group === undefined ? undefined : groupIdOf(fields.group),
      speakerIds: fields.speakers?.map(speakerIdOf),
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

const GROUP_OR_SPEAKERS = { pointer: "/speakers", detail: "Send `group` or `speakers`, not both." };
