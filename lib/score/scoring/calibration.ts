import { thresholdAtFar } from "../rates/metrics.ts";
import { measuresSum } from "./measures.ts";
import type {
  Calibration,
  CalibrationTable,
  DurationBucket,
  LackingPoint,
  Method,
  OperatingPoint,
  TrialConditions,
  UsualMethod,
} from "./types.ts";

/** How trials are scored where nobody says. */
export const methodOf = ({ method }: Pick<Calibration, "method">): UsualMethod => method ?? "as-norm";

/** Seconds of net speech -> bucket, [from, to); less than a second counts with "1-2s". */
export function bucketOf(seconds: number): DurationBucket {
  if (seconds < 2) return "1-2s";
  if (seconds < 4) return "2-4s";
  return seconds < 8 ? "4-8s" : "8s+";
}

/**
 * The method's table for trials like this one, else the nearest wider one that was measured: of this duration over all
 * bandwidths, of this bandwidth over all durations, of everything; undefined where the method has none.
 */
export function tableFor(
  calibration: Pick<Calibration, "tables">,
  method: Method,
  { seconds, bandwidth }: TrialConditions,
): CalibrationTable | undefined {
  const bucket = bucketOf(seconds);
  const find = (b: CalibrationTable["bucket"], w: CalibrationTable["bandwidth"]) =>
    calibration.tables.find((t) => t.method === method && t.bucket === b && t.bandwidth === w);
  return find(bucket, bandwidth) ?? find(bucket, "any") ?? find("any", bandwidth) ?? find("any", "any");
}

/** The measured point with the largest FAR that does not exceed `far`; undefined below the smallest measured. */
export function pointFor(table: CalibrationTable, far: number): OperatingPoint | undefined {
  return table.points.findLast((point) => point.far <= far + 1e-12);
}

/**
 * The threshold at which an unknown voice is matched with anyone at all of `searched` with chance `far` at most.
 *
 * Each comparison gets far / searched (union bound: Boole's inequality, which holds however the comparisons
 * depend on each other). The strictest measured point that covers it is taken as it stands. Below all measured points the
 * threshold is extended as if impostor scores had an exponential tail, linear in log FAR through the strictest point and the
 * next with a lower threshold (peaks over threshold with shape 0: Pickands 1975, doi:10.1214/aos/1176343003), and
 * FRR is extended linearly in the threshold, to 1 at most; `extrapolated` says so.
 *
 * returns `far` as asked; undefined where there is nothing to extend: fewer than two points, or no fall between them.
 */
export function openSetPoint(
  table: CalibrationTable,
  far: number,
  searched: number,
): (OperatingPoint & { extrapolated: boolean }) | undefined {
  const each = far / Math.max(searched, 1);
  const measured = pointFor(table, each);
  if (measured) return { ...measured, far, extrapolated: false };
  const strictest = table.points[0];
  const next = table.points.find((point) => point.threshold < strictest.threshold);
  if (!next || !(each > 0)) return undefined;
  const rise = strictest.threshold - next.threshold;
  const steps = Math.log(strictest.far / each) / Math.log(next.far / strictest.far);
  const frr = Math.min(1, strictest.frr + steps * Math.max(strictest.frr - next.frr, 0));
  const threshold = strictest.threshold + steps * rise;
  return { ...strictest, far, threshold, frr, measured: undefined, extrapolated: true };
}

/**
 * Score -> natural-log likelihood ratio by the table's map, held to what its trials carry; never falls as the score rises.
 * Without `conditions` the trial counts as a typical one of its table.
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
 * The same line without its bounds: for telling which of two scores is the likelier where both are beyond them, and how
 * unlike a voice is. As a likelihood ratio it would be extrapolated.
 */
export function unboundedLlr(
  { llr }: Pick<CalibrationTable, "llr">,
  score: number,
  conditions?: TrialConditions,
): number {
  return llr.slope * score + llr.offset + measuresSum(llr, conditions);
}

/**
 * What so many trials carry: of n impostor trials without one that scores as high as this, the rule of
 * succession puts the chance of the next at 1 / (n + 1), so no likelihood ratio above n + 1 is stated; below likewise. Trials
 * of the same people depend on each other; counting pairs of people instead was measured and costs more Cllr on others'
 * trials than it saves (docs/experiments.md). On bounding what is extrapolated: Vergeer et al. 2016, Science & Justice
 * 56(6), 482-491.
 *
 * genuine, impostor  trials of each class
 */
export const llrBounds = (genuine: number, impostor: number) => ({
  least: -Math.log(genuine + 1),
  most: Math.log(impostor + 1),
});

/**
 * Thresholds at target FARs, each with the FRR measured there; ascending FAR. A target is left out where the rule of 3
 * does not carry it (impostorTrials * far < 3: Hanley and Lippman-Hand 1983, doi:10.1001/jama.1983.03330370053031), or
 * where no score keeps it.
 */
export function operatingPoints(
  genuine: ArrayLike<number>,
  impostor: ArrayLike<number>,
  fars: readonly number[],
): OperatingPoint[] {
  const carried = fars.filter((far) => impostor.length * far >= 3 - 1e-9).sort((a, b) => a - b);
  return carried.flatMap((far) => {
    const threshold = thresholdAtFar(genuine, impostor, far);
    if (threshold === undefined) return [];
    const rejected = Array.from(genuine).filter((score) => score < threshold).length;
    const [genuineTrials, impostorTrials] = [genuine.length, impostor.length];
    return [{ far, threshold, frr: rejected / genuineTrials, genuineTrials, impostorTrials }];
  });
}

/** The rule of 3: fewer impostor trials than this say nothing about so small a false-accept rate. */
const neededTrials = (far: number): number => Math.ceil(3 / far - 1e-9);

/**
 * The targets that `operatingPoints` leaves out for want of trials, and how many more speakers would bring them: impostor
 * trials grow as speakers * (speakers - 1).
 *
 * speakers  different people in the impostor trials
 */
export function lackingPoints(
  impostorTrials: number,
  speakers: number,
  fars: readonly number[],
): LackingPoint[] {
  return fars
    .filter((far) => impostorTrials < neededTrials(far))
    .sort((a, b) => a - b)
    .map((far) => {
      const needed = neededTrials(far);
      const perPair = Math.max(impostorTrials, 1) / Math.max(speakers * (speakers - 1), 1);
      const enough = Math.ceil((1 + Math.sqrt(1 + (4 * needed) / perPair)) / 2);
      const moreSpeakers = Math.max(1, enough - speakers);
      return { far, impostorTrials, neededTrials: needed, moreSpeakers };
    });
}
