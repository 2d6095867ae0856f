import { AppError } from "../../error.ts";
import type {
  Band,
  ConditionsView,
  DecisionReply,
  Reason,
  ScoreView,
  ThresholdView,
} from "../../schema/decision.ts";
import { llrOf, methodOf, pointFor, tableFor, unboundedLlr } from "../../score/scoring/calibration.ts";
import { scoreBy } from "../../score/scoring/norm.ts";
import type { CalibrationTable, Method, OperatingPoint, TrialConditions } from "../../score/scoring/types.ts";
import { cosine } from "../../score/scoring/vector.ts";
import { isCalibratedFor, type ScoringSetup } from "./setup.ts";
import type { Side } from "./side.ts";

/**
 * `table`: undefined where nothing was measured with this model or cohort. `line`: the log-likelihood ratio without its
 * bounds (lib/score/scoring/calibration.ts), null there.
 */
export type Trial = { score: ScoreView; line: number | null; table: CalibrationTable | undefined };
export type Verdict = Pick<DecisionReply, "band" | "decision" | "reasons" | "score" | "threshold">;

/** Nothing to decide by: the reason says what was lacking. */
export const inconclusive = (reason: Reason): Verdict => ({
  decision: "inconclusive",
  reasons: [reason],
  band: "none",
  score: null,
  threshold: null,
});

/** One-to-one: the score against the threshold that keeps `far`, at the speech of the shorter side. */
export function decide(
  setup: ScoringSetup,
  sides: { enrolled: Side; probe: Side },
  wanted: { far: number; method: Method | undefined },
): Verdict {
  const { score, table } = scoreTrial(setup, sides, wanted.method);
  if (!table) return { ...inconclusive("not_calibrated"), score };
  const point = pointFor(table, wanted.far);
  if (!point) throw unmeasuredFar(table, wanted.far);
  const accepted = score.value >= point.threshold;
  return {
    decision: accepted ? "accept" : "reject",
    reasons: [accepted ? "above_threshold" : "below_threshold"],
    band: bandOf(score.llr),
    score,
    threshold: thresholdView(table, point),
  };
}

export function scoreTrial(
  setup: ScoringSetup,
  { enrolled, probe }: { enrolled: Side; probe: Side },
  wanted: Method | undefined,
): Trial {
  const raw = cosine(enrolled.voice, probe.voice);
  const stats = enrolled.stats && probe.stats ? { enrolled: enrolled.stats, probe: probe.stats } : undefined;
  const conditions = conditionsOf(enrolled, probe);
  const table = tableOf(setup, stats ? wanted : "cosine", conditions);
  const method = table?.method ?? (stats ? (wanted ?? methodOf(setup.calibration)) : "cosine");
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
  return { score, line: table ? unboundedLlr(table, value, conditions) : null, table };
}

/** A trial is as long as its shorter side and as wide as its narrower one. */
export function conditionsOf(enrolled: Side, probe: Side): TrialConditions {
  const noise = [enrolled.snrDb, probe.snrDb].filter((snr) => snr !== undefined);
  return {
    seconds: Math.min(enrolled.speechSeconds, probe.speechSeconds),
    longerSeconds: Math.max(enrolled.speechSeconds, probe.speechSeconds),
    snrDb: noise.length > 0 ? Math.min(...noise) : undefined,
    bandwidth: [enrolled, probe].some((side) => side.bandwidth === "telephone") ? "telephone" : "wide",
  };
}

const conditionsView = ({ seconds, longerSeconds, snrDb, bandwidth }: TrialConditions): ConditionsView => ({
  seconds,
  longerSeconds: longerSeconds ?? null,
  snrDb: snrDb ?? null,
  bandwidth,
});

/** How clips are judged where nobody asked for a method: by cosine where the calibration is another cohort's. */
export const usualMethod = (setup: ScoringSetup): Method | undefined =>
  isCalibratedFor(setup) ? undefined : "cosine";

/**
 * The calibration's own method where nothing else is wanted, cosine where there is no table for that. Undefined where nothing was measured: a
 * calibration without tables, or one of another cohort, which says nothing about scores that this one normalizes.
 */
function tableOf(
  setup: ScoringSetup,
  wanted: Method | undefined,
  conditions: TrialConditions,
): CalibrationTable | undefined {
  const { calibration } = setup;
  if (calibration.tables.length === 0) return undefined;
  const method = wanted ?? methodOf(calibration);
  if (method !== "cosine" && !isCalibratedFor(setup)) return undefined;
  const table = tableFor(calibration, method, conditions);
  if (table) return table;
  const plain = wanted === undefined ? tableFor(calibration, "cosine", conditions) : undefined;
  if (plain) return plain;
  const methods = [...new Set(calibration.tables.map((t) => t.method))].join(", ");
  const detail = `Calibration ${calibration.id} has no thresholds for ${wanted ?? "cosine"}; it has: ${methods}.`;
  throw new AppError("validation-failed", detail, { errors: [{ pointer: "/scoring", detail }] });
}

const LOOSE_FAR = 0.05;

/**
 * Is a score that low evidence of another voice? Its likelihood ratio must say so, by `llr` at least, and it must miss the
 * threshold at FAR 5 % (the loosest below it, where that was not measured): likelihood ratios come from a line fitted
 * over all trials, and on an easy trial list that line is steep enough to condemn scores that hardly an impostor reaches.
 */
export function isOtherVoice(
  table: CalibrationTable,
  found: { value: number; line: number | null },
  llr: number,
): boolean {
  const loose = pointFor(table, LOOSE_FAR);
  const { value } = found;
  return (found.line ?? unboundedLlr(table, value)) <= llr && (!loose || value < loose.threshold);
}

/** Fail closed: no claim below what was measured. */
export function unmeasuredFar(table: CalibrationTable, far: number): AppError {
  const detail = `${unmeasured(table, far)}${lackOf(table, far)}`;
  return new AppError("validation-failed", detail, {
    errors: [{ pointer: "/operatingPoint/far", detail }],
  });
}

function unmeasured(table: CalibrationTable, far: number): string {
  const smallest = table.points[0]?.far;
  return smallest === undefined
    ? `No false-accept rate was measured for ${table.method} on ${kindOf(table)}.`
    : `A false-accept rate of ${far} was not measured on ${kindOf(table)}; the smallest that was is ${smallest}.`;
}

function lackOf({ lacking = [] }: CalibrationTable, far: number): string {
  const reason = lacking.findLast((one) => one.far <= far + 1e-12) ?? lacking[0];
  return reason ? ` Too few trials for ${reason.far}: need ${reason.moreSpeakers} more speakers.` : "";
}

const kindOf = ({ bucket, bandwidth }: CalibrationTable): string =>
  `trials of ${bucket === "any" ? "any length" : bucket} and ${bandwidth} band`;

export const thresholdView = (table: CalibrationTable, point: OperatingPoint): ThresholdView => ({
  method: table.method,
  value: point.threshold,
  asNorm: table.method === "as-norm" ? point.threshold : null,
  far: point.far,
  frr: point.frr,
  genuineTrials: point.genuineTrials,
  impostorTrials: point.impostorTrials,
  measured: point.measured ?? null,
  bucket: table.bucket,
  bandwidth: table.bandwidth,
});

/**
 * Likelihood ratio in words, by the steps of the ENFSI Guideline for Evaluative Reporting in Forensic Science (2015),
 * section 2.4: below 2 no support, to 10 weak, to 100 moderate; "strong" here is all from 100 on. Null: not measured.
 */
export function bandOf(llr: number | null): Band {
  if (llr === null) return "none";
  if (llr >= Math.log(100)) return "strong";
  if (llr >= Math.log(10)) return "moderate";
  return llr >= Math.log(2) ? "weak" : "none";
}
