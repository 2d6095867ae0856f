type Point = { far: number; threshold: number };

/** The prior's false-accept rates count as much as the trials of so many speakers. */
const PRIOR_SPEAKERS = 10;
/** Bisection halves the bracket until it is below the precision that any score has. */
const HALVINGS = 60;
/** How far above all scores and thresholds to look, in units of ln. */
const WIDEST = 10;

/**
 * Returns the lowest threshold at which the posterior mean of the false-accept rate is at most
 * `far`: the mean of the prior's rate and the rate among the impostors, weighted by ten speakers
 * and by theirs. One more false accept is counted than was seen, so that a few trials never
 * promise a rate of zero (rule of succession). Undefined if no threshold is enough.
 *
 * prior      ascending FAR; between points ln(FAR) is linear in the threshold, and beyond them too
 * impostors  log-likelihood ratios, in the unit of the prior's thresholds
 * speakers   different people among the impostor trials
 */
export function posteriorThreshold(
  prior: readonly Point[],
  impostors: Float64Array,
  speakers: number,
  far: number,
): number | undefined {
  const sorted = impostors.slice().sort();
  const rate = (threshold: number): number => {
    const seen = (countAbove(sorted, threshold) + 1) / (sorted.length + 1);
    const believed = Math.min(1, rateBy(prior, threshold));
    return (PRIOR_SPEAKERS * believed + speakers * seen) / (PRIOR_SPEAKERS + speakers);
  };
  const strictest = Math.max(sorted[sorted.length - 1], ...prior.map(({ threshold }) => threshold));
  let low = Math.min(sorted[0], ...prior.map(({ threshold }) => threshold)) - 1;
  let high = strictest + 1;
  for (let wider = 2; rate(high) > far && wider <= WIDEST; wider++) high = strictest + wider;
  if (rate(high) > far) return undefined;
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (low + high) / 2;
    if (rate(middle) > far) low = middle;
    else high = middle;
  }
  return high;
}

/** By the line in ln(FAR) through the two points around the threshold, or the outermost two. */
function rateBy(prior: readonly Point[], threshold: number): number {
  const [strict, ...laxer] = prior;
  if (laxer.length === 0) return threshold >= strict.threshold ? strict.far : 1;
  const next = prior.findIndex((point) => point.threshold <= threshold);
  const at = next < 0 ? prior.length - 1 : Math.max(1, next);
  const [a, b] = [prior[at - 1], prior[at]];
  const rise = Math.max(a.threshold - b.threshold, 1e-9);
  return Math.exp(Math.log(b.far) + ((threshold - b.threshold) / rise) * Math.log(a.far / b.far));
}

function countAbove(ascending: Float64Array, threshold: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] >= threshold) high = middle;
    else low = middle + 1;
  }
  return ascending.length - low;
}
