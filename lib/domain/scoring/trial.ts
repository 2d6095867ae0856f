import { AppError } from "../../error.ts";
import type { DecisionReply, Reason } from "../../schema/decision.ts";
import type { ConditionsView, ScoreView } from "../../schema/score.ts";
import {
  llrOf,
  lookPoint,
  methodOf,
  pointFor,
  tableFor,
  tableNeedsCohort,
  unboundedLlr,
} from "../../score/scoring/calibration.ts";
import { scoreBy } from "../../score/scoring/norm.ts";
import type { CalibrationTable, CohortStats, Method, TrialConditions } from "../../score/scoring/types.ts";
import { cosine } from "../../score/scoring/vector.ts";
import { isCalibratedFor, type ScoringSetup } from "./setup.ts";
import type { Side } from "./side.ts";
import { bandOf, thresholdView, unmeasuredFar } from "./threshold.ts";

/**
 * `table` is undefined, and `unboundedLlr` null, without a calibration for this model and cohort.
 * `unboundedLlr` is the log-likelihood ratio before it is limited to the measured range
 * (lib/score/scoring/calibration.ts).
 */
export type Trial = {
  score: ScoreView;
  unboundedLlr: number | null;
  table: CalibrationTable | undefined;
};
export type Verdict = Pick<DecisionReply, "band" | "decision" | "reasons" | "score" | "threshold">;

/** A verdict without a score. */
export const inconclusive = (reason: Reason): Verdict => ({
  decision: "inconclusive",
  reasons: [reason],
  band: "none",
  score: null,
  threshold: null,
});

/**
 * Scores a one-to-one trial and compares it with the threshold for `far`, measured on trials with
 * as much speech as the shorter side.
 *
 * method  undefined: the calibration's own
 * looks   how many unrelated decisions this one and the earlier looks at the same speech count like
 *         (lib/live/fitted.ts)
 * throws  `validation-failed` if the calibration has no threshold for `far` or `method`
 */
export function decide(
  setup: ScoringSetup,
  sides: { enrolled: Side; probe: Side },
  { far, method, looks = 1 }: { far: number; method: Method | undefined; looks?: number | undefined },
): Verdict {
  const { score, table } = scoreTrial(setup, sides, method);
  if (!table) return { ...inconclusive("not_calibrated"), score };
  const conditions = conditionsOf(sides.enrolled, sides.probe);
  const point = looks > 1 ? lookPoint(table, far, looks, conditions) : pointFor(table, far, conditions);
  if (!point) throw unmeasuredFar(table, far);
  const accepted = score.value >= point.threshold;
  return {
    decision: accepted ? "accept" : "reject",
    reasons: [accepted ? "above_threshold" : "below_threshold"],
    band: bandOf(score.llr),
    score,
    threshold: thresholdView(table, point),
  };
}

/** Scores a trial by `requested` or the calibration's method; by cosine if it can't normalize. */
export function scoreTrial(
  setup: ScoringSetup,
  { enrolled, probe }: { enrolled: Side; probe: Side },
  requested: Method | undefined,
): Trial {
  const raw = cosine(enrolled.voice, probe.voice);
  const stats = enrolled.stats && probe.stats ? { enrolled: enrolled.stats, probe: probe.stats } : undefined;
  const conditions = conditionsOf(enrolled, probe);
  const table = tableOf(setup, stats ? requested : "cosine", conditions);
  const method = table?.method ?? (stats ? (requested ?? methodOf(setup.calibration)) : "cosine");
  const value = stats ? scoreBy(method, raw, stats.enrolled, stats.probe) : raw;
  const score = {
    method,
    value,
    cosine: raw,
    asNorm: stats ? scoreBy("as-norm", raw, stats.enrolled, stats.probe) : null,
    llr: table ? llrOf(table, value, conditions) : null,
    normalized: method !== "cosine",
    conditions: conditionsView(conditions),
  };
  return { score, unboundedLlr: table ? unboundedLlr(table, value, conditions) : null, table };
}

/** A trial has the duration of its shorter side and the bandwidth of its narrower side. */
export function conditionsOf(enrolled: Side, probe: Side): TrialConditions {
  const ratios = [enrolled.snrDb, probe.snrDb].filter((snr) => snr !== undefined);
  return {
    seconds: Math.min(enrolled.speechSeconds, probe.speechSeconds),
    longerSeconds: Math.max(enrolled.speechSeconds, probe.speechSeconds),
    snrDb: ratios.length > 0 ? Math.min(...ratios) : undefined,
    bandwidth: [enrolled, probe].some((side) => side.bandwidth === "telephone") ? "telephone" : "wide",
    enrolledClips: enrolled.clips ?? 1,
    cohort: enrolled.stats && probe.stats && meanStats(enrolled.stats.top, probe.stats.top),
    crossBand: enrolled.bandwidth !== probe.bandwidth,
  };
}

const meanStats = (a: CohortStats, b: CohortStats): CohortStats => ({
  mean: (a.mean + b.mean) / 2,
  std: (a.std + b.std) / 2,
});

const conditionsView = ({ longerSeconds, snrDb, cohort, ...known }: TrialConditions): ConditionsView => ({
  ...known,
  longerSeconds: longerSeconds ?? null,
  snrDb: snrDb ?? null,
  cohort: cohort ?? null,
});

/** The conditions of a stored score. Older ones lack some; those count as typical. */
export const storedConditions = (view: ConditionsView): TrialConditions => ({
  seconds: view.seconds,
  bandwidth: view.bandwidth,
  longerSeconds: view.longerSeconds ?? undefined,
  snrDb: view.snrDb ?? undefined,
  enrolledClips: view.enrolledClips ?? undefined,
  cohort: view.cohort ?? undefined,
  crossBand: view.crossBand ?? undefined,
});

/**
 * The method to score clips by if none is requested: cosine if the calibration is another cohort's.
 */
export const usualMethod = (setup: ScoringSetup): Method | undefined =>
  isCalibratedFor(setup) ? undefined : "cosine";

/**
 * The table for the requested method; without one, for the calibration's own method, or else for
 * cosine. Undefined if the calibration has no tables, or if it was fitted with another cohort and
 * the method normalizes.
 */
function tableOf(
  setup: ScoringSetup,
  requested: Method | undefined,
  conditions: TrialConditions,
): CalibrationTable | undefined {
  const { calibration } = setup;
  if (calibration.tables.length === 0) return undefined;
  const method = requested ?? methodOf(calibration);
  const fits = isCalibratedFor(setup);
  if (method !== "cosine" && !fits) return undefined;
  const all = calibration.tables;
  const tables = fits ? all : all.filter((one) => !tableNeedsCohort(one));
  const own = tableFor({ tables }, method, conditions);
  const table = own ?? (requested === undefined ? tableFor({ tables }, "cosine", conditions) : undefined);
  if (table || (!fits && tableFor(calibration, method, conditions))) return table;
  const methods = [...new Set(calibration.tables.map((t) => t.method))].join(", ");
  const detail =
    `Calibration ${calibration.id} has no thresholds for ${requested ?? "cosine"}. ` +
    `Choose one of: ${methods}.`;
  throw new AppError("validation-failed", detail, { errors: [{ pointer: "/scoring", detail }] });
}

const LOOSE_FAR = 0.05;

/**
 * True if the score is evidence of another voice: its log-likelihood ratio is at most `maxLlr`, and
 * the score is below the threshold at FAR 5 % (or at the largest measured FAR below). The second
 * condition is needed because likelihood ratios come from a line fitted over all trials: on an easy
 * trial list it is steep enough to reject scores that impostors almost never reach.
 */
export function isOtherVoice(
  table: CalibrationTable,
  trial: { value: number; unboundedLlr: number | null; conditions: ConditionsView },
  maxLlr: number,
): boolean {
  const loose = pointFor(table, LOOSE_FAR, storedConditions(trial.conditions));
  const { value } = trial;
  return (trial.unboundedLlr ?? unboundedLlr(table, value)) <= maxLlr && (!loose || value < loose.threshold);
}
