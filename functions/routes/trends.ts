import { z } from "@hono/zod-openapi";
import { trends } from "../../lib/domain/decision/trends.ts";
import { Trends } from "../../lib/schema/trend.ts";
import { Speaker, speakerIdOf } from "../http/body/schema.ts";
import { requireScope } from "../http/guard/auth.ts";
import { query } from "../http/input.ts";
import { route } from "../http/route.ts";

const Fields = z.strictObject({
  speaker: Speaker.optional().describe("Also return this speaker's accepted verifications."),
});

export const trendsRoute = route(
  {
    operationId: "readTrends",
    summary: "Show how the scores of verifications develop by week, and who should be enrolled again",
    details: "Needs the scope `scores:read` as well. Only decisions with today's model count.",
    tag: "Decisions",
    method: "get",
    path: "/trends",
    scope: "decisions:read",
    problems: ["speaker-not-found"],
    input: query(Fields),
    reply: { description: "The trends", schema: Trends },
  },
  (services, { registry, scopes, fields }) => {
    requireScope(scopes, "scores:read");
    const speakerId = fields.speaker === undefined ? undefined : speakerIdOf(fields.speaker);
    return trends(services, { registry, speakerId });
  },
);
