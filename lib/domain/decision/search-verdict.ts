import type { IdentifyReply, Reason, Separation } from "../../schema/decision.ts";
import { openSetPoint } from "../../score/scoring/calibration.ts";
import type { Calibration, CalibrationTable } from "../../score/scoring/types.ts";
import { thresholdView } from "../scoring/threshold.ts";
import { storedConditions, type Trial } from "../scoring/trial.ts";

/**
 * The margin for calibrations that learned none (lib/score/fit/margin.ts): the best candidate must
 * be ten times likelier than the second, as a natural logarithm. Two ids of one person, or two
 * people with very similar voices, come closer. A likelihood ratio means the same for every model
 * and method.
 */
const MARGIN_LLR = Math.log(10);

type SearchVerdict = Pick<IdentifyReply, "decision" | "separation" | "threshold"> & {
  reasons: readonly Reason[];
};

/**
 * Decides a one-to-many search by the best candidate's score and its distance to the second.
 * Undefined if the table has no measured threshold to extrapolate from.
 */
export function searchVerdict(
  calibration: Calibration,
  { score, unboundedLlr, table }: Omit<Trial, "table"> & { table: CalibrationTable },
  second: Pick<Trial, "unboundedLlr"> | undefined,
  { far, searched }: { far: number; searched: number },
): SearchVerdict | undefined {
  const conditions = storedConditions(score.conditions);
  const point = table.points.length > 0 ? openSetPoint(table, far, searched, conditions) : undefined;
  if (!point) return undefined;
  const threshold = { ...thresholdView(table, point), extrapolated: point.extrapolated };
  const separation = separationOf(calibration, unboundedLlr, second?.unboundedLlr);
  const base = { separation, threshold };
  if (score.value < point.threshold) return { ...base, decision: "unknown", reasons: ["below_threshold"] };
  if (isClose(separation)) return { ...base, decision: "ambiguous", reasons: ["margin_too_small"] };
  return { ...base, decision: "match", reasons: ["above_threshold"] };
}

function separationOf(
  { margin }: Pick<Calibration, "margin">,
  best: number | null,
  second: number | null | undefined,
): Separation {
  return {
    llr: second === undefined || second === null ? null : (best ?? 0) - second,
    needed: margin?.llr ?? MARGIN_LLR,
    learnt: margin !== undefined,
    misidentified: margin?.misidentified ?? null,
  };
}

const isClose = ({ llr, needed }: Separation): boolean => llr !== null && llr <= needed;
