/** Bounds of a rate, in [0, 1]. */
export type Interval = { low: number; high: number };

export const CONFIDENCE = 0.95;

/**
 * Returns the exact interval of a rate of independent trials: every rate for which `errors` of
 * `trials` isn't in the 2.5 % tail on either side. errors 0..trials, trials at least 1; else
 * RangeError.
 *
 * Source: Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404, by quantiles of the beta
 * distribution. With no errors the upper bound is about 3.7 / trials; one-sided it would be the
 * rule of 3.
 */
export function clopperPearson(errors: number, trials: number, confidence = CONFIDENCE): Interval {
  if (
    !(Number.isInteger(errors) && Number.isInteger(trials) && errors >= 0 && errors <= trials && trials > 0)
  )
    throw new RangeError(`${errors} errors of ${trials} trials`);
  const tail = (1 - confidence) / 2;
  return {
    low: errors === 0 ? 0 : betaQuantile(tail, errors, trials - errors + 1),
    high: errors === trials ? 1 : betaQuantile(1 - tail, errors + 1, trials - errors),
  };
}

/**
 * Returns the same interval for a rate over trials that depend on each other, as if they were
 * `effectiveTrials` independent ones. Counts needn't be whole. rate in [0, 1], effectiveTrials
 * above 0.
 *
 * Source: Korn and Graubard 1998, "Confidence intervals for proportions with small expected number
 * of positive counts estimated from survey data", Survey Methodology 24.
 */
export function effectiveInterval(rate: number, effectiveTrials: number, confidence = CONFIDENCE): Interval {
  const tail = (1 - confidence) / 2;
  const errors = rate * effectiveTrials;
  const others = effectiveTrials - errors;
  return {
    low: errors <= 0 ? 0 : betaQuantile(tail, errors, others + 1),
    high: others <= 0 ? 1 : betaQuantile(1 - tail, errors + 1, others),
  };
}

/** Returns the smallest interval that contains all of them. */
export const hull = (...all: readonly Interval[]): Interval => ({
  low: Math.min(...all.map(({ low }) => low)),
  high: Math.max(...all.map(({ high }) => high)),
});

/** Returns x in [0, 1] with betaCdf(x, a, b) = p, by bisection to the last bits. */
function betaQuantile(p: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  for (let step = 0; step < 200 && high - low > 1e-16 * high; step++) {
    const middle = (low + high) / 2;
    if (betaCdf(middle, a, b) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Returns the regularized incomplete beta function I_x(a, b), a and b above 0, to about 1e-12. */
export function betaCdf(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast below the mean. Above it, use the symmetry I_x(a, b) = 1 -
  // I_(1-x)(b, a).
  if (x > (a + 1) / (a + b + 2)) return 1 - betaCdf(1 - x, b, a);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b));
  return (front / a) * betaFraction(x, a, b);
}

/**
 * Evaluates the continued fraction DLMF 8.17.22 by Lentz's method (Numerical Recipes, section 6.4).
 */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const nonZero = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    value *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return value;
}

/** Returns ln Gamma(x), x > 0: Lanczos 1964 with g = 7 and nine terms, to about 1e-15 relative. */
function logGamma(x: number): number {
  let sum = LANCZOS[0];
  for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i] / (x - 1 + i);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

const LANCZOS = [
  0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406,
  12.507343278686905, -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];

/**
 * Returns the percentile interval: the middle `level` of the values, linear between order
 * statistics (R's type 7). Source: Efron and Tibshirani 1993, chapter 13. Undefined for fewer than
 * 20 values.
 */
export function percentileInterval(values: ArrayLike<number>, level = 0.95): Interval | undefined {
  if (values.length < 20) return undefined;
  const sorted = Float64Array.from(values).sort();
  const at = (p: number) => {
    const x = p * (sorted.length - 1);
    const i = Math.floor(x);
    return sorted[i] + (x - i) * ((sorted[i + 1] ?? sorted[i]) - sorted[i]);
  };
  return { low: at((1 - level) / 2), high: at((1 + level) / 2) };
}
