/**
 * Scores of one class. In this file, a trial is accepted if score >= threshold; FAR is the fraction
 * of impostor trials accepted, FRR the fraction of genuine trials rejected. Each list has at least
 * one finite score, in any order; else RangeError.
 */
type Scores = ArrayLike<number>;

/** [K] each, strictest first: thresholds fall, FAR rises from 0 to 1, FRR falls from 1 to 0. */
type RocPoints = { thresholds: Float64Array; far: Float64Array; frr: Float64Array };

const ascending = (scores: Scores): Float64Array => {
  const sorted = isSorted(scores) ? scores : Float64Array.from(scores).sort();
  if (sorted.length === 0) throw new RangeError("no scores");
  // NaN sorts last and -Infinity first.
  if (!Number.isFinite(sorted[0]) || !Number.isFinite(sorted[sorted.length - 1]))
    throw new RangeError("a score that is not finite");
  return sorted;
};

/**
 * A sorted array is used without a copy: an evaluation computes a dozen measures of the same
 * scores.
 */
function isSorted(scores: Scores): scores is Float64Array {
  if (!(scores instanceof Float64Array)) return false;
  for (let i = 1; i < scores.length; i++) if (!(scores[i - 1] <= scores[i])) return false;
  return true;
}

/**
 * Returns every operating point: first "accept nothing" (threshold +Infinity), then one for each
 * distinct score. Tied scores pass a threshold together. The points equal
 * sklearn.metrics.roc_curve(drop_intermediate=False).
 */
export function rocPoints(genuine: Scores, impostor: Scores): RocPoints {
  const g = ascending(genuine);
  const m = ascending(impostor);
  const limit = g.length + m.length + 1;
  const thresholds = new Float64Array(limit);
  const far = new Float64Array(limit);
  const frr = new Float64Array(limit);
  thresholds[0] = Number.POSITIVE_INFINITY;
  frr[0] = 1;
  let count = 1;
  for (let i = g.length - 1, j = m.length - 1; i >= 0 || j >= 0; count++) {
    const score = Math.max(i >= 0 ? g[i] : m[j], j >= 0 ? m[j] : g[i]);
    while (i >= 0 && g[i] === score) i--;
    while (j >= 0 && m[j] === score) j--;
    thresholds[count] = score;
    far[count] = (m.length - 1 - j) / m.length;
    frr[count] = (i + 1) / g.length;
  }
  const cut = (a: Float64Array) => a.subarray(0, count);
  return { thresholds: cut(thresholds), far: cut(far), frr: cut(frr) };
}

/**
 * Returns the equal error rate, in [0, 1]: where the line between the last operating point with FAR
 * < FRR and the first with FAR >= FRR crosses FAR = FRR. `threshold` is that of the point whose
 * rates are closer, or of the stricter one.
 */
export function eer(genuine: Scores, impostor: Scores): { eer: number; threshold: number } {
  const { thresholds, far, frr } = rocPoints(genuine, impostor);
  let i = 1;
  while (far[i] < frr[i]) i++;
  const before = frr[i - 1] - far[i - 1];
  const after = far[i] - frr[i];
  const rate = far[i - 1] + (before / (before + after)) * (far[i] - far[i - 1]);
  return { eer: rate, threshold: before <= after && i > 1 ? thresholds[i - 1] : thresholds[i] };
}

/**
 * Returns the minimum normalized detection cost: min over thresholds of (costMiss * prior * FRR +
 * costFalseAlarm * (1 - prior) * FAR), over the cost of the better of accepting all and accepting
 * none; so in [0, 1]. prior in (0, 1): how often a trial is genuine. `threshold` is the strictest
 * that reaches the minimum; undefined if accepting nothing is best.
 *
 * Source: NIST SRE 2016 evaluation plan, section 3.1.
 */
export function minDcf(
  genuine: Scores,
  impostor: Scores,
  prior: number,
  costMiss = 1,
  costFalseAlarm = 1,
): { minDcf: number; threshold: number | undefined } {
  if (!(prior > 0 && prior < 1)) throw new RangeError(`prior ${prior}`);
  const { thresholds, far, frr } = rocPoints(genuine, impostor);
  const miss = costMiss * prior;
  const falseAlarm = costFalseAlarm * (1 - prior);
  let best = 0;
  const cost = (i: number) => miss * frr[i] + falseAlarm * far[i];
  for (let i = 1; i < far.length; i++) if (cost(i) < cost(best)) best = i;
  return {
    minDcf: cost(best) / Math.min(miss, falseAlarm),
    threshold: best === 0 ? undefined : thresholds[best],
  };
}

/** Returns rate * count rounded down, despite float errors: 0.29 * 100 is 28.999999999999996. */
const wholeTrials = (rate: number, count: number): number => Math.floor(rate * count + 1e-9);

/**
 * Returns the lowest score that keeps FAR <= far; far in [0, 1]. Undefined if none does because the
 * highest scores are impostors'.
 */
export function thresholdAtFar(genuine: Scores, impostor: Scores, far: number): number | undefined {
  if (!(far >= 0 && far <= 1)) throw new RangeError(`FAR ${far}`);
  const m = ascending(impostor);
  const g = ascending(genuine);
  const allowed = wholeTrials(far, m.length);
  if (allowed >= m.length) return Math.min(m[0], g[0]);
  const rejected = m[m.length - 1 - allowed];
  const above = (scores: Float64Array) => scores.find((s) => s > rejected) ?? Number.POSITIVE_INFINITY;
  const threshold = Math.min(above(m), above(g));
  return threshold === Number.POSITIVE_INFINITY ? undefined : threshold;
}

/** Returns the highest threshold that keeps FRR <= frr: a genuine score; frr in [0, 1). */
export function thresholdAtFrr(genuine: Scores, frr: number): number {
  if (!(frr >= 0 && frr < 1)) throw new RangeError(`FRR ${frr}`);
  return ascending(genuine)[wholeTrials(frr, genuine.length)];
}

/** Returns ln(1 + e^x) without overflow. */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/**
 * Returns the cost of log-likelihood ratios (natural logarithm) as evidence, in bits: 0 is perfect,
 * 1 carries no information, above 1 misleads. Source: Brummer and du Preez 2006,
 * doi:10.1016/j.csl.2005.08.001.
 */
export function cllr(genuineLlr: Scores, impostorLlr: Scores): number {
  const mean = (llr: Scores, sign: 1 | -1) =>
    ascending(llr).reduce((sum, x) => sum + softplus(sign * x), 0) / llr.length;
  return (mean(genuineLlr, -1) + mean(impostorLlr, 1)) / (2 * Math.LN2);
}
