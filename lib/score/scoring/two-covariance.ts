import type { UnitVector } from "./vector.ts";

/**
 * How embeddings of short windows vary: within a voice, and between voices. Both are normal
 * distributions; `directions` make the covariance within a voice the identity and the one between
 * voices diagonal.
 *
 * Source: the two-covariance model, Brümmer and de Villiers 2010, Odyssey.
 */
export type TwoCovariance = {
  /** [D] the mean over voices. */
  mean: readonly number[];
  /** [K][D] */
  directions: readonly (readonly number[])[];
  /** [K] the variance between voices in each direction; positive. */
  between: readonly number[];
};

/** The mean [K] of `count` windows of one voice. Overlapping windows count as less than one. */
export type Group = { mean: Float64Array; count: number };

/** Returns [K], the embedding's coordinates in the directions. */
export function projected({ mean, directions }: TwoCovariance, embedding: UnitVector): Float64Array {
  return Float64Array.from(directions, (direction) =>
    direction.reduce((sum, x, i) => sum + x * (embedding[i] - mean[i]), 0),
  );
}

/**
 * Returns the natural logarithm of the likelihood ratio of two voices to one, for two groups of
 * windows.
 */
export function twoVoicesLlr({ between }: TwoCovariance, a: Group, b: Group): number {
  let llr = 0;
  for (let k = 0; k < between.length; k++) {
    const varianceA = between[k] + 1 / a.count;
    const varianceB = between[k] + 1 / b.count;
    const [x, y] = [a.mean[k], b.mean[k]];
    // One voice: both means share its deviation, so that they have the covariance `between`.
    const determinant = varianceA * varianceB - between[k] ** 2;
    const one = (varianceB * x * x - 2 * between[k] * x * y + varianceA * y * y) / determinant;
    const two = (x * x) / varianceA + (y * y) / varianceB;
    llr += (Math.log(determinant) - Math.log(varianceA * varianceB) + one - two) / 2;
  }
  return llr;
}
