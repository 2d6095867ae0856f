import { z } from "@hono/zod-openapi";
import { explainDecision } from "../../lib/domain/decision/explain.ts";
import { labelDecision, listDecisions } from "../../lib/domain/decision/list.ts";
import {
  DecisionPage,
  ExplainedDecision,
  Operation,
  PastDecision,
  Verdict,
} from "../../lib/schema/decision.ts";
import { decisionIdOf, Moment, PageFields, Speaker, speakerIdOf } from "../http/body/schema.ts";
import { pageOf } from "../http/guard/cursor.ts";
import { jsonFields, noFields, query } from "../http/input.ts";
import { route } from "../http/route.ts";
import { shownExplanation, shownPast } from "./scores.ts";

const Filters = PageFields.extend({
  speaker: Speaker.optional().describe(
    "Only verifications of this speaker, and identifications that matched it.",
  ),
  operation: Operation.optional(),
  from: Moment.optional().describe("The earliest time of a decision, as an RFC 3339 date or time."),
  to: Moment.optional().describe("Only decisions before this RFC 3339 date or time."),
});
const Label = z.strictObject({
  verdict: Verdict.nullable().describe("Whether the decision was right. Null removes the label."),
});

const list = {
  operationId: "listDecisions",
  summary: "List past decisions, newest first; a page may be shorter than `limit`, even empty, if few match",
  tag: "Decisions",
  method: "get",
  path: "/decisions",
  scope: "decisions:read",
  problems: ["speaker-not-found"],
  input: query(Filters),
  reply: { description: "A page of decisions", schema: DecisionPage },
} as const;

export const decisionRoutes = [
  route(list, async (services, { registry, scopes, fields }) => {
    const { speaker, operation, from, to, ...paging } = fields;
    const place = { registryId: registry.registryId, route: list.path };
    const { items, next } = await pageOf(services, place, paging, (page) =>
      listDecisions(services, {
        registry,
        speakerId: speaker === undefined ? undefined : speakerIdOf(speaker),
        operation,
        from: from === undefined ? undefined : new Date(from),
        to: to === undefined ? undefined : new Date(to),
        ...page,
      }),
    );
    return { decisions: items.map((one) => shownPast(one, scopes)), next };
  }),
  route(
    {
      operationId: "readDecision",
      summary: "Explain a decision; decisions are kept for 90 days unless the registry says otherwise",
      tag: "Decisions",
      method: "get",
      path: "/decisions/{decisionId}",
      scope: "decisions:read",
      problems: ["decision-not-found"],
      input: noFields,
      reply: { description: "The original reply, and what has changed since", schema: ExplainedDecision },
    },
    async (services, { registry: { registryId }, scopes, param }) => {
      const decisionId = decisionIdOf(param("decisionId"));
      return shownExplanation(await explainDecision(services, { registryId, decisionId }), scopes);
    },
  ),
  route(
    {
      operationId: "labelDecision",
      summary: "Note whether a decision was right or wrong; this changes no score or threshold",
      tag: "Decisions",
      method: "post",
      path: "/decisions/{decisionId}/label",
      scope: "decisions:label",
      problems: ["decision-not-found"],
      input: jsonFields(Label),
      reply: { description: "The labeled decision", schema: PastDecision },
    },
    async (services, { registry: { registryId }, scopes, param, fields: { verdict }, act }) => {
      const decisionId = decisionIdOf(param("decisionId"));
      act.details = { ...act.details, verdict };
      return shownPast(await labelDecision(services, { registryId, decisionId, verdict }), scopes);
    },
  ),
];
