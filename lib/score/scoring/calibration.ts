import { measuresSum } from "./measures.ts";
import type {
  Calibration,
  CalibrationTable,
  DurationBucket,
  MeasureTerm,
  Method,
  OperatingPoint,
  TrialConditions,
  UsualMethod,
} from "./types.ts";

/** Returns the scoring method for requests that name none. */
export const methodOf = ({ method }: Pick<Calibration, "method">): UsualMethod => method ?? "as-norm";

const ofCohort = ({ measure }: MeasureTerm) => measure === "cohortMean" || measure === "cohortSpread";

/** Whether a table's scores or likelihood ratios depend on the cohort. */
export const tableNeedsCohort = ({ method, llr }: Pick<CalibrationTable, "llr" | "method">): boolean =>
  method !== "cosine" || llr.measures?.some(ofCohort) === true;

/**
 * Whether decisions by the calibration's own method depend on its cohort. If they don't, they also
 * hold with another one.
 */
export function needsCohort(calibration: Pick<Calibration, "method" | "tables">): boolean {
  const method = methodOf(calibration);
  return (
    method !== "cosine" || calibration.tables.some((one) => one.method === method && tableNeedsCohort(one))
  );
}

/** Returns the bucket [from, to) of seconds of net speech. Less than a second counts as "1-2s". */
export function bucketOf(seconds: number): DurationBucket {
  if (seconds < 2) return "1-2s";
  if (seconds < 4) return "2-4s";
  return seconds < 8 ? "4-8s" : "8s+";
}

/**
 * Returns the method's table for such trials, or the nearest wider one that was measured: this
 * duration over all bandwidths, then this bandwidth over all durations, then everything. Undefined
 * if the method has none.
 */
export function tableFor(
  calibration: Pick<Calibration, "tables">,
  method: Method,
  { seconds, bandwidth, crossBand }: TrialConditions,
): CalibrationTable | undefined {
  const bucket = bucketOf(seconds);
  const suits = (t: CalibrationTable) =>
    t.method === method && (t.crossBand === undefined || t.crossBand === (crossBand ?? false));
  const find = (b: CalibrationTable["bucket"], w: CalibrationTable["bandwidth"]) =>
    calibration.tables.find((t) => suits(t) && t.bucket === b && t.bandwidth === w);
  return find(bucket, bandwidth) ?? find(bucket, "any") ?? find("any", bandwidth) ?? find("any", "any");
}

/**
 * Returns the measured point with the largest FAR that doesn't exceed `far`; undefined below the
 * smallest one. Its threshold is a score, for a trial under these conditions.
 */
export function pointFor(
  table: CalibrationTable,
  far: number,
  conditions?: TrialConditions,
): OperatingPoint | undefined {
  const point = table.points.findLast((one) => one.far <= far + 1e-12);
  return point && onScores(table, point, conditions);
}

/**
 * Returns the point with its threshold as a score. Where thresholds are log-likelihood ratios, it
 * is the score at which a trial under these conditions has that ratio.
 */
function onScores<P extends OperatingPoint>(
  { llr, thresholdsOn }: CalibrationTable,
  point: P,
  conditions: TrialConditions | undefined,
): P {
  if (thresholdsOn !== "llr") return point;
  return { ...point, threshold: (point.threshold - llr.offset - measuresSum(llr, conditions)) / llr.slope };
}

/**
 * Returns the threshold at which an unknown voice is matched with anyone among `searched` with
 * probability `far` at most.
 *
 * Each comparison gets far / searched (union bound: Boole's inequality, which holds however the
 * comparisons depend on each other). If a measured point covers that, the strictest such point is
 * used unchanged. Below all measured points the threshold is extended as if impostor scores had an
 * exponential tail, linear in log FAR through the strictest point and the next one with a lower
 * threshold (peaks over threshold with shape 0: Pickands 1975, doi:10.1214/aos/1176343003). FRR is
 * extended linearly in the threshold, to at most 1. `extrapolated` is then true.
 *
 * returns the point with the requested `far`; undefined if nothing can be extended: fewer than two
 * points, or all with the same threshold
 */
export function openSetPoint(
  table: CalibrationTable,
  far: number,
  searched: number,
  conditions?: TrialConditions,
): (OperatingPoint & { extrapolated: boolean }) | undefined {
  const each = far / Math.max(searched, 1);
  const measured = pointFor(table, each, conditions);
  if (measured) return { ...measured, far, extrapolated: false };
  const strictest = table.points[0];
  const next = table.points.find((point) => point.threshold < strictest.threshold);
  if (!next || !(each > 0)) return undefined;
  const rise = strictest.threshold - next.threshold;
  const steps = Math.log(strictest.far / each) / Math.log(next.far / strictest.far);
  const frr = Math.min(1, strictest.frr + steps * Math.max(strictest.frr - next.frr, 0));
  const threshold = strictest.threshold + steps * rise;
  const point = { ...strictest, far, threshold, frr, measured: undefined, extrapolated: true };
  return onScores(table, point, conditions);
}

/**
 * Returns the threshold of a decision that is taken again and again on growing evidence, and that
 * may come out wrong at any time with probability `far` at most. Each look gets far / looks.
 * Between two measured points the threshold is linear in log FAR, and below them as in
 * `openSetPoint`.
 *
 * looks    how many unrelated decisions the looks count like, at least 1
 * returns  the point with the requested `far`; undefined if `far` itself is below the measured ones
 */
export function lookPoint(
  table: CalibrationTable,
  far: number,
  looks: number,
  conditions?: TrialConditions,
): OperatingPoint | undefined {
  const each = far / looks;
  if (!pointFor(table, far)) return undefined;
  const lower = table.points.findLast((one) => one.far <= each + 1e-12);
  if (!lower) return openSetPoint(table, far, looks, conditions);
  const upper = table.points.find((one) => one.far > each + 1e-12);
  const share = upper ? Math.log(each / lower.far) / Math.log(upper.far / lower.far) : 0;
  const between = (of: "frr" | "threshold") => lower[of] + share * ((upper ?? lower)[of] - lower[of]);
  const [threshold, frr] = [between("threshold"), between("frr")];
  return onScores(table, { ...lower, far, threshold, frr, measured: undefined }, conditions);
}

/**
 * Converts a score to a natural-log likelihood ratio by the table's map, clamped to the range that
 * its trials support. Never decreases as the score increases. Without `conditions` the trial counts
 * as a typical one of its table.
 */
export function llrOf(
  table: Pick<CalibrationTable, "llr">,
  score: number,
  conditions?: TrialConditions,
): number {
  const line = unboundedLlr(table, score, conditions);
  const { bounds } = table.llr;
  return bounds ? Math.min(bounds.most, Math.max(bounds.least, line)) : line;
}

/**
 * Returns the same without the clamp. Use it to compare two scores that are both out of bounds, or
 * to tell how unlike a voice is. As a likelihood ratio it would be an extrapolation.
 */
export function unboundedLlr(
  { llr }: Pick<CalibrationTable, "llr">,
  score: number,
  conditions?: TrialConditions,
): number {
  return llr.slope * score + llr.offset + measuresSum(llr, conditions);
}

/**
 * Returns the range of log-likelihood ratios that so many trials support. If none of n impostor
 * trials scores as high as a trial, the rule of succession gives the next one a probability of 1 /
 * (n + 1), so no likelihood ratio above n + 1 is stated. The lower bound follows likewise from
 * genuine trials.
 *
 * Trials of the same people depend on each other. Counting pairs of people instead was measured and
 * costs more Cllr on other people's trials than it saves (docs/experiments.md). On bounding
 * extrapolated ratios: Vergeer et al. 2016, Science & Justice 56(6), 482-491.
 *
 * genuine, impostor  trials of each class
 */
export const llrBounds = (genuine: number, impostor: number) => ({
  least: -Math.log(genuine + 1),
  most: Math.log(impostor + 1),
});
