import type { DecisionRecord } from "../../ports/decision.ts";
import type { DecisionReply, IdentifyReply, ScoreView, ThresholdView } from "../../schema/decision.ts";
import type { DecisionChanges } from "../../score/fit/report.ts";
import { llrOf, pointFor, tableFor, unboundedLlr } from "../../score/scoring/calibration.ts";
import type { Calibration, CalibrationTable } from "../../score/scoring/types.ts";
import { type Trial, thresholdView } from "../scoring/trial.ts";
import { searchVerdict } from "./identify.ts";

export type Again = { decision: string; threshold: ThresholdView | null };
type Made = DecisionReply | IdentifyReply;

/** What was answered; undefined for a record from before a decision kept what it takes to be made again. */
export function replyOf({ reply }: DecisionRecord): Made | undefined {
  const made = reply as Made;
  return made.operatingPoint === undefined ? undefined : made;
}

/**
 * The decision as another calibration would make it, from the scores that were kept. Undefined where there is none to
 * make: no score, another model, or scores normalized by another cohort.
 */
export function decideAgain(record: DecisionRecord, calibration: Calibration): Again | undefined {
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
  if ("candidates" in reply) {
    const other = second ? rescoredBy(calibration, second) : undefined;
    const found = searchVerdict(calibration, rescored, other, { far, searched: reply.searched });
    return { decision: found?.decision ?? "inconclusive", threshold: found?.threshold ?? null };
  }
  const point = pointFor(rescored.table, far);
  if (!point) return { decision: "inconclusive", threshold: null };
  const decision = best.value >= point.threshold ? "accept" : "reject";
  return { decision, threshold: thresholdView(rescored.table, point) };
}

/** The same trial scored as this calibration wants it, where the score of that method was kept. */
function scoredBy({ method }: Pick<Calibration, "method">, score: ScoreView): ScoreView {
  if (method === "cosine") return { ...score, method, value: score.cosine, normalized: false };
  if (method !== "as-norm" || score.asNorm === null) return score;
  return { ...score, method, value: score.asNorm, normalized: true };
}

function rescoredBy(
  calibration: Calibration,
  score: ScoreView,
): (Omit<Trial, "table"> & { table: CalibrationTable }) | undefined {
  const { longerSeconds, snrDb, ...rest } = score.conditions;
  const conditions = { ...rest, longerSeconds: longerSeconds ?? undefined, snrDb: snrDb ?? undefined };
  const table = tableFor(calibration, score.method, conditions);
  if (!table) return undefined;
  const [llr, line] = [llrOf, unboundedLlr].map((by) => by(table, score.value, conditions));
  return { score: { ...score, llr }, line, table };
}

/** How many of these decisions the calibration would make otherwise. */
export function changesBy(records: readonly DecisionRecord[], calibration: Calibration): DecisionChanges {
  const kinds = new Map<string, number>();
  let looked = 0;
  for (const record of records) {
    const again = decideAgain(record, calibration);
    const before = replyOf(record)?.decision;
    if (!again || !before) continue;
    looked++;
    const kind = `${before} to ${again.decision}`;
    if (again.decision !== before) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const changed = [...kinds.values()].reduce((sum, count) => sum + count, 0);
  return { looked, changed, kinds: Object.fromEntries(kinds) };
}
