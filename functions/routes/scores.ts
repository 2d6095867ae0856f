import type { Explained } from "../../lib/domain/decision/explain.ts";
import type { DecisionReply, IdentifyReply } from "../../lib/domain/replies.ts";
import type { Scope } from "../../lib/ports/registry.ts";
import { requireScope } from "../http/guard/auth.ts";

type Asked = { include?: "score" | undefined };

/** Exact scores let an attacker climb: without `scores:read` a reply has the decision and its band. */
export function shownDecision(reply: DecisionReply, scopes: readonly Scope[]): DecisionReply {
  return scopes.includes("scores:read") ? reply : { ...reply, score: null, threshold: null };
}

export function shownIdentification(reply: IdentifyReply, scopes: readonly Scope[]) {
  if (scopes.includes("scores:read")) return reply;
  const candidates = reply.candidates.map((one) => ({ ...one, score: null }));
  return { ...reply, candidates, margin: null, separation: null, threshold: null };
}

/** The same of a past decision, and of what it would be today. */
export function shownExplanation(explained: Explained, scopes: readonly Scope[]) {
  if (scopes.includes("scores:read")) return explained;
  const { reply, now } = explained;
  const shown = "candidates" in reply ? shownIdentification(reply, scopes) : shownDecision(reply, scopes);
  return {
    ...explained,
    reply: shown,
    now: { ...now, again: now.again && { ...now.again, threshold: null } },
  };
}

/** In a body, `include` is known only now; in the query the guards have seen it. */
export function requireAsked(fields: Asked, scopes: readonly Scope[]): void {
  if (fields.include) requireScope(scopes, "scores:read");
}
