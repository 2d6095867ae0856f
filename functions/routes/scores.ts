/*
 * Exact scores help an attacker to imitate a voice step by step, so replies for a key without
 * `scores:read` have none.
 */

import type { Act } from "../../lib/domain/audit/record.ts";
import type { Explained } from "../../lib/domain/decision/explain.ts";
import type { PastDecision } from "../../lib/domain/decision/list.ts";
import { type FarChoice, isLoosened } from "../../lib/domain/decision/record.ts";
import type { DecisionId } from "../../lib/id.ts";
import type { Registry, Scope } from "../../lib/ports/registry.ts";
import type { CohortReport } from "../../lib/schema/cohort.ts";
import type { DecisionReply, IdentifyReply, WatchlistReply } from "../../lib/schema/decision.ts";
import type { DiarizationView } from "../../lib/schema/diarization.ts";
import type { EnrollReply } from "../../lib/schema/speaker.ts";
import { requireScope } from "../http/guard/auth.ts";

type Scopes = readonly Scope[];
const maySeeScores = (scopes: Scopes): boolean => scopes.includes("scores:read");

/** Rejects `include: "score"` in a body. The guards have already checked the query. */
export function requireScoreScope(fields: { include?: "score" | undefined }, scopes: Scopes): void {
  if (fields.include) requireScope(scopes, "scores:read");
}

/** A false-accept rate above the registry's own needs the scope `decisions:loosen`. */
export const farChoice = (
  { operatingPoint }: { operatingPoint?: { far: number } | undefined },
  scopes: Scopes,
): FarChoice => ({ far: operatingPoint?.far, mayLoosen: scopes.includes("decisions:loosen") });

/**
 * Notes a decision for the audit log, which always has decisions at a looser rate than the
 * registry's own.
 */
export async function noteDecision(
  services: Parameters<typeof isLoosened>[0],
  { registry, act }: { registry: Registry; act: Act },
  choice: FarChoice,
  { decisionId }: { decisionId: DecisionId },
): Promise<void> {
  act.decisionId = decisionId;
  if (!(await isLoosened(services, registry, choice))) return;
  act.recorded = true;
  act.details = { ...act.details, far: choice.far ?? null };
}

export function shownDecision(reply: DecisionReply, scopes: Scopes) {
  if (maySeeScores(scopes)) return reply;
  const { watchlist } = reply;
  return {
    ...{ ...reply, score: null, threshold: null, spoof: null },
    watchlist: watchlist && withoutScores(watchlist),
  };
}

export function shownIdentification(reply: IdentifyReply, scopes: Scopes) {
  if (maySeeScores(scopes)) return reply;
  return { ...withoutScores(reply), margin: null, separation: null, spoof: null };
}

/** The nearest speakers of a voice below the threshold would tell whom to imitate. */
function withoutScores<Search extends Pick<WatchlistReply, "candidates" | "threshold">>(search: Search) {
  const { threshold } = search;
  const candidates = search.candidates
    .filter(({ score }) => threshold !== null && score.value >= threshold.value)
    .map((candidate) => ({ ...candidate, score: null }));
  return { ...search, candidates, threshold: null };
}

export function shownDiarization(diarization: DiarizationView, scopes: Scopes): DiarizationView {
  if (maySeeScores(scopes)) return diarization;
  const hide = <T extends object>(one: T) => ({ ...one, score: null, threshold: null });
  const { voices, segments } = diarization;
  return { ...diarization, voices: voices.map(hide), segments: segments.map(hide) };
}

export function shownPast(past: PastDecision, scopes: Scopes) {
  const { reply } = past;
  const shown = "candidates" in reply ? shownIdentification(reply, scopes) : shownDecision(reply, scopes);
  return { ...past, reply: shown };
}

/** Covers both the original reply and the decision that would be made today. */
export function shownExplanation(explained: Explained, scopes: Scopes) {
  if (maySeeScores(scopes)) return explained;
  const { now } = explained;
  return {
    ...shownPast(explained, scopes),
    now: { ...now, again: now.again && { ...now.again, threshold: null } },
  };
}

/** A similar speaker is a score too: it tells whose voice the clip is near. */
export function shownEnrollment(enrollment: EnrollReply, scopes: Scopes) {
  if (maySeeScores(scopes)) return enrollment;
  const clips = enrollment.clips.map((clip) => ({ ...clip, similarSpeakers: [] }));
  return { ...enrollment, clips };
}

/** The cosines between the voices of a cohort are scores too. */
export function shownCohort<View extends { report: CohortReport }>(view: View, scopes: Scopes) {
  if (maySeeScores(scopes)) return view;
  const { nearDuplicates } = view.report;
  const pairs = nearDuplicates.pairs.map((pair) => ({ ...pair, cosine: null }));
  return { ...view, report: { ...view.report, spread: null, nearDuplicates: { ...nearDuplicates, pairs } } };
}
