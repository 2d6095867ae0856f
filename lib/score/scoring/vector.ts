declare const unit: unique symbol;
/** [D] float32 of length 1, to float32 rounding. Only `normalize` makes one. */
export type UnitVector = Float32Array & { readonly [unit]: true };

/**
 * Returns a new [D] float32 vector of Euclidean length 1.
 *
 * values  [D] finite numbers, not all zero
 *
 * Throws RangeError if a value isn't finite or all are zero: such a vector has no direction.
 */
export function normalize(values: ArrayLike<number>): UnitVector {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
  const length = Math.sqrt(sum);
  if (!(length > 0 && length < Number.POSITIVE_INFINITY))
    throw new RangeError(`a vector of length ${length}`);
  const out = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) out[i] = values[i] / length;
  return out as UnitVector;
}

/**
 * Returns the dot product of two unit vectors, summed in float64. In [-1, 1] to float32 rounding;
 * symmetric.
 */
export function cosine(a: UnitVector, b: UnitVector): number {
  if (a.length !== b.length) throw new RangeError(`dimensions ${a.length} and ${b.length}`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
