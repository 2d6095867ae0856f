/**
 * The score densities that a calibration implies. A calibration keeps the error rates measured at a
 * few thresholds, not the scores. On normal-deviate axes these rates lie near a straight line (the
 * DET curve), and a straight line means normal scores: so each class gets the normal density whose
 * tail passes through its measured rates.
 */
import type { CalibrationTable, ScoreReply, ThresholdReply } from "../api/types.ts";

export type Normal = { mean: number; deviation: number };
export type Densities = { genuine: Normal; impostor: Normal };
type RateAt = { threshold: number; far: number; frr: number };

/**
 * Returns the quantile of the standard normal distribution.
 *
 * p  a probability in (0, 1); the absolute error is below 1e-8
 *
 * Source: P. J. Acklam, An algorithm for computing the inverse normal cumulative distribution
 * function (2003).
 */
export function probit(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`probability ${p}`);
  if (p > 0.5) return -probit(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(C, q) / polynomial([...D, 1], q);
  }
  const q = p - 0.5;
  const r = q * q;
  return (q * polynomial(A, r)) / polynomial([...B, 1], r);
}

const A = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
  2.506628277459239,
];
const B = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572];
const C = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const D = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];

const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduce((sum, one) => sum * x + one, 0);

/** The density of a normal distribution. */
export const density = ({ mean, deviation }: Normal, x: number): number =>
  Math.exp(-0.5 * ((x - mean) / deviation) ** 2) / (deviation * Math.sqrt(2 * Math.PI));

/** Undefined if the rates don't determine both densities: fewer than two rates between 0 and 1. */
export function densitiesOf(points: readonly RateAt[]): Densities | undefined {
  const impostor = normalThrough(points.map(({ threshold, far }) => ({ threshold, below: 1 - far })));
  const genuine = normalThrough(points.map(({ threshold, frr }) => ({ threshold, below: frr })));
  return impostor && genuine ? { impostor, genuine } : undefined;
}

/** Least squares of the normal deviates of `below`, the share of scores under each threshold. */
function normalThrough(points: readonly { threshold: number; below: number }[]): Normal | undefined {
  const usable = points.filter(({ below }) => below > 0 && below < 1);
  if (usable.length < 2) return undefined;
  const xs = usable.map(({ threshold }) => threshold);
  const ys = usable.map(({ below }) => probit(below));
  const [x, y] = [mean(xs), mean(ys)];
  const spread = mean(xs.map((one) => (one - x) ** 2));
  const slope = mean(xs.map((one, i) => (one - x) * ((ys[i] ?? y) - y))) / spread;
  return slope > 0 ? { mean: x - y / slope, deviation: 1 / slope } : undefined;
}

const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;

/**
 * Returns the densities of a decision's kind of trial, in units of its score. Undefined if the
 * calibration has no table for it, or one from which no density follows.
 */
export function densitiesFor(
  tables: readonly CalibrationTable[],
  score: ScoreReply,
  threshold: ThresholdReply,
): Densities | undefined {
  const table = tables.find(
    ({ method, bucket, bandwidth, crossBand }) =>
      method === threshold.method &&
      bucket === threshold.bucket &&
      bandwidth === threshold.bandwidth &&
      (crossBand === undefined || crossBand === (score.conditions.crossBand ?? false)),
  );
  if (!table) return undefined;
  const densities = densitiesOf(table.points);
  if (!densities || table.thresholdsOn === undefined) return densities;
  // The table's axis is the likelihood ratio, which is linear in the score for one trial.
  const { slope } = table.llr;
  const point = table.points.find(({ far }) => far === threshold.far);
  const shift = point ? point.threshold - slope * threshold.value : shiftFrom(score, table);
  if (shift === undefined) return undefined;
  const onScores = ({ mean, deviation }: Normal) => ({
    mean: (mean - shift) / slope,
    deviation: deviation / slope,
  });
  return { genuine: onScores(densities.genuine), impostor: onScores(densities.impostor) };
}

/** The llr of a score minus slope times the score, if the llr wasn't limited. */
function shiftFrom(
  { llr, value }: ScoreReply,
  { llr: { slope, bounds } }: CalibrationTable,
): number | undefined {
  const limited = llr === null || (bounds && (llr <= bounds.least || llr >= bounds.most));
  return limited ? undefined : llr - slope * value;
}
