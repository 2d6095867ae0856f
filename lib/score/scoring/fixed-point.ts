import { normalize, type UnitVector } from "./vector.ts";

/**
 * Scale of exact means. Each component of a unit vector is rounded once to an integer at scale
 * 2^28. Sums of such integers are exact in float64 (50 clips x 2^28 < 2^53), so any order of
 * enrollments gives the same bits, and removing a clip is exact. An Int32 holds a component of a
 * unit vector: |x| <= 1 -> |round(x * 2^28)| <= 2^28.
 */
export const SCALE = 2 ** 28;

/**
 * Converts [D] in [-1, 1] to [D] Int32 at scale 2^28, with halves rounded towards +infinity
 * (Math.round).
 */
export function toFixed(embedding: UnitVector): Int32Array {
  return Int32Array.from(embedding, (x) => Math.round(x * SCALE));
}

/** Converts [D] integers back to a unit vector, normalized again. */
export function fromFixed(fixed: Int32Array | Float64Array): UnitVector {
  return normalize(fixed);
}

/**
 * Returns sum + sign * fixed as a new exact integer vector. Throws RangeError past 2^53, where
 * float64 isn't exact.
 */
export function addFixed(sum: Float64Array, fixed: Int32Array, sign: 1 | -1): Float64Array {
  if (sum.length !== fixed.length) throw new RangeError(`dimensions ${sum.length} and ${fixed.length}`);
  return sum.map((x, i) => {
    const next = x + sign * fixed[i];
    if (!Number.isSafeInteger(next)) throw new RangeError(`sum out of the exact range: ${next}`);
    return next;
  });
}
