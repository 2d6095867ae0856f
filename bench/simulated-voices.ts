import type { Cohort } from "../lib/score/scoring/types.ts";
import { normalize, type UnitVector } from "../lib/score/scoring/vector.ts";
import { randomOf } from "./gallery/voices.ts";

/**
 * Returns a source of voices with the mean and the covariance of a cohort's, which are real: random
 * sums of their differences from the mean. The nth is the same in every run.
 */
export function simulatedVoices({ size, dimension, rows }: Cohort): (n: number) => UnitVector {
  const mean = new Float64Array(dimension);
  for (let i = 0; i < rows.length; i++) mean[i % dimension] += rows[i] / size;
  return (n) => {
    const random = randomOf(n);
    const voice = Float64Array.from(mean);
    for (let row = 0; row < size; row++) {
      const weight = gaussian(random) / Math.sqrt(size - 1);
      for (let i = 0; i < dimension; i++) voice[i] += weight * (rows[row * dimension + i] - mean[i]);
    }
    return normalize(voice);
  };
}

/** A normal deviate by Box and Muller. */
const gaussian = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
