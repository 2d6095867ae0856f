import type { LearnedSpace } from "../../lib/diarize/voice-space.ts";
import { eigen } from "./eigen.ts";

/** Windows of one person. cell: the recording, which several people share */
export type PersonWindows = { cell: string; rows: readonly Float32Array[] };

const LEAST_PEOPLE = 2;

/**
 * Learns the space in which windows of one person vary with unit covariance and people differ
 * independently: the simultaneous diagonalization of both covariances.
 *
 * People are compared with the others of their recording only, as in a conversation: they share
 * the room, the line and mostly the microphone. Source: the two-covariance model, Brümmer and de
 * Villiers 2010, Odyssey; Fukunaga, Introduction to Statistical Pattern Recognition, section 2.3.
 */
export function learnVoiceSpace(people: readonly PersonWindows[], size: number): LearnedSpace {
  const means = people.map(({ rows }) => meanOf(rows, size));
  const within = covariance(
    people.flatMap(({ rows }, i) => rows.map((row) => minus(row, means[i]))),
    people.reduce((sum, { rows }) => sum + rows.length - 1, 0),
    size,
  );
  const cells = [...Map.groupBy(people.keys(), (i) => people[i].cell).values()].filter(
    (own) => own.length >= LEAST_PEOPLE,
  );
  const apart = cells.flatMap((own) => {
    const center = meanOf(
      own.map((i) => means[i]),
      size,
    );
    return own.map((i) => minus(means[i], center));
  });
  const between = covariance(
    apart,
    cells.reduce((sum, own) => sum + own.length - 1, 0),
    size,
  );
  // The mean of a few windows varies too.
  const share = people.reduce((sum, { rows }) => sum + 1 / rows.length, 0) / people.length;
  const whitening = inverseRoot(within, size);
  const whitened = product(
    product(
      whitening,
      between.map((x, i) => x - share * within[i]),
      size,
    ),
    whitening,
    size,
  );
  const { values, vectors } = eigen(whitened, size);
  return {
    projection: Float32Array.from(product(vectors, whitening, size)),
    between: values.map((x) => Math.max(0, x)),
  };
}

function meanOf(rows: readonly ArrayLike<number>[], size: number): Float64Array {
  const mean = new Float64Array(size);
  for (const row of rows) for (let d = 0; d < size; d++) mean[d] += row[d] / rows.length;
  return mean;
}

const minus = (row: ArrayLike<number>, mean: Float64Array): Float64Array => mean.map((x, d) => row[d] - x);

function covariance(rows: readonly Float64Array[], freedom: number, size: number): Float64Array {
  const sum = new Float64Array(size * size);
  for (const row of rows)
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++) sum[i * size + j] += (row[i] * row[j]) / freedom;
  return sum;
}

/** The symmetric square root of the inverse. */
function inverseRoot(matrix: Float64Array, size: number): Float64Array {
  const { values, vectors } = eigen(matrix, size);
  const scaled = vectors.map((x, at) => x / Math.sqrt(values[Math.floor(at / size)]));
  const root = new Float64Array(size * size);
  for (let k = 0; k < size; k++)
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++) root[i * size + j] += vectors[k * size + i] * scaled[k * size + j];
  return root;
}

function product(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const result = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let k = 0; k < size; k++) {
      const x = a[i * size + k];
      for (let j = 0; j < size; j++) result[i * size + j] += x * b[k * size + j];
    }
  return result;
}
