import { SCALE } from "./fixed-point.ts";

/** A rotation of integer vectors that loses nothing: `undo` restores every bit. */
export type Rotation = {
  /** Returns the rotated vector as new integers. */
  apply(vector: Float64Array | Int32Array): Float64Array;
  /** Returns the vector that `apply` rotated. */
  undo(rotated: Float64Array | Int32Array): Float64Array;
};

/**
 * Rounds of plane rotations. After 8 rounds every component can depend on every other of 192. Twice
 * as many leave no trace of single components.
 */
export const ROUNDS = 16;
/** Larger components could leave the exact range of float64 in between. */
export const MOST_COMPONENT = 2 ** 46;

/**
 * Adding 1.5 * 2^52 leaves float64 no bits after the point, so adding and subtracting it rounds
 * numbers up to 2^51, with halves to even. It is several times faster than Math.round.
 */
const INTEGERS = 1.5 * 2 ** 52;
const WORD = 4;
const TWO_32 = 2 ** 32;
const TWO_53 = 2 ** 53;

/** The number of random bytes that a round takes: four for each place and eight for each angle. */
export const bytesOfRound = (dimension: number): number =>
  dimension * WORD + Math.floor(dimension / 2) * 2 * WORD;

/**
 * Makes a rotation of `dimension` components, a product of plane rotations: each round pairs the
 * components anew and turns each pair by an angle between -90 and 90 degrees.
 *
 * A plane rotation is three shears ("lifting steps"), each of which adds a rounded multiple of one
 * integer to the other. Subtracting the same rounded multiples in reverse order restores the
 * integers exactly. The rounding moves a rotated vector from the true one by about 20 units (root
 * of the mean square, 192 dimensions), which at scale 2^28 is less than float32 can tell.
 *
 * Only arithmetic that IEEE 754 defines is used, so the same bytes make the same rotation on every
 * machine: the angles are drawn by the tangent of their half.
 *
 * random  returns `bytesOfRound(dimension)` bytes for each round from 0 to ROUNDS - 1
 *
 * `apply` throws RangeError for another dimension and for components above 2^46.
 *
 * Source: Daubechies and Sweldens 1998, doi:10.1007/BF02476026, section 7 (lifting of rotations).
 */
export function rotationFrom(dimension: number, random: (round: number) => Uint8Array): Rotation {
  const planes = Math.floor(dimension / 2) * ROUNDS;
  const [left, right] = [new Uint16Array(planes), new Uint16Array(planes)];
  const [tangents, sines] = [new Float64Array(planes), new Float64Array(planes)];
  for (let round = 0, plane = 0; round < ROUNDS; round++) {
    const bytes = random(round);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytesOfRound(dimension));
    const order = shuffled(dimension, view);
    for (let pair = 0; pair < Math.floor(dimension / 2); pair++, plane++) {
      left[plane] = order[2 * pair];
      right[plane] = order[2 * pair + 1];
      const tangent = 2 * unitAt(view, (dimension + 2 * pair) * WORD) - 1;
      tangents[plane] = tangent;
      sines[plane] = (2 * tangent) / (1 + tangent * tangent);
    }
  }
  return {
    apply(vector) {
      const turned = checkedCopy(vector, dimension);
      for (let i = 0; i < planes; i++) {
        const [a, b, tangent] = [left[i], right[i], tangents[i]];
        const x = turned[a] - (tangent * turned[b] + INTEGERS - INTEGERS);
        const y = turned[b] + (sines[i] * x + INTEGERS - INTEGERS);
        turned[a] = x - (tangent * y + INTEGERS - INTEGERS);
        turned[b] = y;
      }
      return turned;
    },
    undo(rotated) {
      const turned = new Float64Array(rotated);
      for (let i = planes - 1; i >= 0; i--) {
        const [a, b, tangent] = [left[i], right[i], tangents[i]];
        const x = turned[a] + (tangent * turned[b] + INTEGERS - INTEGERS);
        const y = turned[b] - (sines[i] * x + INTEGERS - INTEGERS);
        turned[a] = x + (tangent * y + INTEGERS - INTEGERS);
        turned[b] = y;
      }
      return turned;
    },
  };
}

/**
 * How far `apply` can move the direction of a sum at scale 2^28, at most, as the length of the
 * difference of unit vectors: 3e-6 for 192 dimensions. The roundings of a plane rotation move a
 * pair by at most 0.5 * (1.62^2 + 1.62 + 1) units, 1.62 being the largest stretch of a shear. The
 * pairs of a round are orthogonal, and the rounds add up. The sum is taken to be at least as long
 * as one clip's embedding.
 */
export const directionError = (dimension: number): number =>
  (2 * ROUNDS * 2.63 * Math.sqrt(dimension / 2)) / SCALE;

/** Returns 0..dimension - 1 in random order (Fisher-Yates). */
function shuffled(dimension: number, view: DataView): Uint16Array {
  const order = Uint16Array.from({ length: dimension }, (_, i) => i);
  for (let last = dimension - 1; last > 0; last--) {
    const other = Math.floor((view.getUint32(last * WORD, true) / TWO_32) * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

/** A number in [0, 1) from eight bytes, of which 53 bits count. */
const unitAt = (view: DataView, at: number): number =>
  (view.getUint32(at, true) * 2 ** 21 + (view.getUint32(at + WORD, true) >>> 11)) / TWO_53;

function checkedCopy(vector: Float64Array | Int32Array, dimension: number): Float64Array {
  if (vector.length !== dimension) throw new RangeError(`dimensions ${vector.length} and ${dimension}`);
  for (let i = 0; i < dimension; i++)
    if (!(Math.abs(vector[i]) <= MOST_COMPONENT))
      throw new RangeError(`a component of ${vector[i]} is too large to rotate`);
  return new Float64Array(vector);
}
