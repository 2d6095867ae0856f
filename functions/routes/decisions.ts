import { explainDecision } from "../../lib/domain/decision/explain.ts";
import { ExplainedDecision } from "../../lib/schema/decision.ts";
import { decisionIdOf } from "../http/body/schema.ts";
import { noFields } from "../http/input.ts";
import { route } from "../http/route.ts";
import { shownExplanation } from "./scores.ts";

export const readDecisionRoute = route(
  {
    operationId: "readDecision",
    summary: "Explain a decision; decisions are kept for 90 days unless the registry says otherwise",
    tag: "Decisions",
    method: "get",
    path: "/decisions/{decisionId}",
    scope: "decisions:read",
    input: noFields,
    reply: { description: "The original reply, and what has changed since", schema: ExplainedDecision },
  },
  async (services, { registry: { registryId }, scopes, param }) => {
    const decisionId = decisionIdOf(param("decisionId"));
    return shownExplanation(await explainDecision(services, { registryId, decisionId }), scopes);
  },
);
