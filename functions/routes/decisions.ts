import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { explainDecision } from "../../lib/domain/decision/explain.ts";
import type { Services } from "../../lib/ports/services.ts";
import { queryFields } from "../http/body/audio-input.ts";
import { decisionIdOf, NoFields, parse } from "../http/body/schema.ts";
import type { Env } from "../http/env.ts";
import { reading } from "../http/guard/guard.ts";
import { ExplainedDecision } from "../http/replies/calibration-replies.ts";
import { bearer, failures, reply } from "../http/replies/describe.ts";
import { shownExplanation } from "./scores.ts";

export const readDecisionDefinition = createRoute({
  operationId: "readDecision",
  summary: "Explain a decision of the last 90 days",
  tags: ["Decisions"],
  method: "get",
  path: "/decisions/{decisionId}",
  security: bearer,
  request: { params: z.object({ decisionId: z.string() }) },
  responses: {
    200: reply("The answer as it was given, and what has changed since", ExplainedDecision),
    ...failures,
  },
});

export function readDecisionRoute(services: Services) {
  const middleware = reading(services, readDecisionDefinition, "decisions:read");
  return new OpenAPIHono<Env>().openapi({ ...readDecisionDefinition, middleware }, async (c) => {
    parse(NoFields, queryFields(c));
    const { registryId } = c.var.registry;
    const decisionId = decisionIdOf(c.req.param("decisionId"));
    const explained = await explainDecision(services, { registryId, decisionId });
    return c.json(ExplainedDecision.parse(shownExplanation(explained, c.var.key.scopes)), 200);
  });
}
