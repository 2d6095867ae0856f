import type { DecisionRecord } from "../../ports/decision.ts";
import { type DecisionReply, type IdentifyReply, REFUSALS } from "../../schema/decision.ts";
import type { ScoreView, ThresholdView } from "../../schema/score.ts";
import type { DecisionChanges } from "../../score/fit/report.ts";
import { llrOf, pointFor, tableFor, unboundedLlr } from "../../score/scoring/calibration.ts";
import type { Calibration, CalibrationTable } from "../../score/scoring/types.ts";
import { thresholdView } from "../scoring/threshold.ts";
import { storedConditions, type Trial } from "../scoring/trial.ts";
import { searchVerdict } from "./search-verdict.ts";

export type ReplayedDecision = { decision: string; threshold: ThresholdView | null };
type Reply = DecisionReply | IdentifyReply;

/** Decisions from before these fields existed. */
const BEFORE_FIELDS = { replaySuspected: false, replayOf: null };
const BEFORE_WATCHLISTS = { watchlist: null };

/** The stored reply; undefined for an old record that lacks what a replay needs. */
export function replyOf({ reply }: DecisionRecord): Reply | undefined {
  const stored = {
    ...BEFORE_FIELDS,
    ...("candidates" in (reply as Reply) ? {} : BEFORE_WATCHLISTS),
    ...(reply as Reply),
  };
  return stored.operatingPoint === undefined ? undefined : stored;
}

/**
 * Makes a past decision again with another calibration, from the stored scores. Undefined if there
 * is no score, or if it was made with another model or normalized by another cohort.
 */
export function replayDecision(
  record: DecisionRecord,
  calibration: Calibration,
): ReplayedDecision | undefined {
  const reply = replyOf(record);
  if (!reply || reply.model !== calibration.modelId) return undefined;
  const scores = "candidates" in reply ? reply.candidates.map(({ score }) => score) : [reply.score];
  const [best, second] = scores
    .flatMap((score) => (score ? [scoredBy(calibration, score)] : []))
    .sort((a, b) => b.value - a.value);
  if (!best || (best.normalized && reply.cohort !== calibration.cohortId)) return undefined;
  const rescored = rescoredBy(calibration, best);
  if (!rescored) return { decision: "inconclusive", threshold: null };
  const { far } = reply.operatingPoint;
  // No threshold decided on what was refused.
  const isRefused = REFUSALS.some((reason) => reply.reasons.includes(reason));
  if ("candidates" in reply) {
    const other = second ? rescoredBy(calibration, second) : undefined;
    const found = searchVerdict(calibration, rescored, other, { far, searched: reply.searched });
    const again = isRefused ? reply.decision : found?.decision;
    return { decision: again ?? "inconclusive", threshold: found?.threshold ?? null };
  }
  const point = pointFor(rescored.table, far, storedConditions(best.conditions));
  if (!point) return { decision: "inconclusive", threshold: null };
  const decision = best.value >= point.threshold && !isRefused ? "accept" : "reject";
  return { decision, threshold: thresholdView(rescored.table, point) };
}

/** The trial's score by the calibration's method, if that score was stored. */
function scoredBy({ method }: Pick<Calibration, "method">, score: ScoreView): ScoreView {
  if (method === "cosine") return { ...score, method, value: score.cosine, normalized: false };
  if (method !== "as-norm" || score.asNorm === null) return score;
  return { ...score, method, value: score.asNorm, normalized: true };
}

function rescoredBy(
  calibration: Calibration,
  score: ScoreView,
): (Omit<Trial, "table"> & { table: CalibrationTable }) | undefined {
  const conditions = storedConditions(score.conditions);
  const table = tableFor(calibration, score.method, conditions);
  if (!table) return undefined;
  const llr = llrOf(table, score.value, conditions);
  return { score: { ...score, llr }, unboundedLlr: unboundedLlr(table, score.value, conditions), table };
}

/** Counts the decisions that the calibration would change, by kind of change. */
export function decisionChanges(
  records: readonly DecisionRecord[],
  calibration: Calibration,
): DecisionChanges {
  const kinds = new Map<string, number>();
  let looked = 0;
  for (const record of records) {
    const replayed = replayDecision(record, calibration);
    const before = replyOf(record)?.decision;
    if (!replayed || !before) continue;
    looked++;
    const kind = `${before} to ${replayed.decision}`;
    if (replayed.decision !== before) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const changed = [...kinds.values()].reduce((sum, count) => sum + count, 0);
  return { looked, changed, kinds: Object.fromEntries(kinds) };
}
