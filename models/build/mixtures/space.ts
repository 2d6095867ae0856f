import type { TwoCovariance } from "../../../lib/score/scoring/two-covariance.ts";
import type { UnitVector } from "../../../lib/score/scoring/vector.ts";
import { eigen } from "../eigen.ts";

/** Windows of one recording. Voices are only compared with others of the same `kind`. */
export type Recording = { kind: string; windows: readonly UnitVector[] };
/** [n][n] row-major, symmetric. */
type Covariance = Float64Array;

/** Chosen on speakers held out of training (docs/experiments.md). */
const DIRECTIONS = 48;
/**
 * The share of the mean variance in the covariance within a voice: recordings of other people and
 * places vary in more directions than those of the training speakers.
 */
const SHRINKAGE = 0.6;
const LEAST_VARIANCE = 1e-3;
const DIGITS = 4;

/**
 * Fits the two-covariance model to recordings of different people: the covariance of the windows
 * within a recording, and that of the recordings' means, without the part that comes from the
 * first. The directions are those in which voices differ most (linear discriminant analysis).
 */
export function fitTwoCovariance(recordings: readonly Recording[]): TwoCovariance {
  const enough = recordings.filter(({ windows }) => windows.length > 1);
  const means = enough.map(({ windows }) => meanOf(windows));
  const mean = meanOf(means);
  const n = mean.length;
  const within = shrunk(withinCovariance(enough, means), n);
  const between = betweenCovariance(enough, means, within);
  const whitening = inverseRoot(within, n);
  const whitened = product(product(whitening, between, n), whitening, n);
  const { values, vectors } = eigen(whitened, n);
  const directions = product(vectors, whitening, n);
  const most = Math.min(n, DIRECTIONS);
  return {
    mean: [...mean].map(rounded),
    directions: Array.from({ length: most }, (_, k) =>
      [...directions.subarray(k * n, (k + 1) * n)].map(rounded),
    ),
    between: [...values.subarray(0, most)].map((x) => rounded(Math.max(LEAST_VARIANCE, x))),
  };
}

const rounded = (x: number): number => Number(x.toFixed(DIGITS));

function meanOf(vectors: readonly ArrayLike<number>[]): Float64Array {
  const mean = new Float64Array(vectors[0].length);
  for (const vector of vectors) for (let i = 0; i < mean.length; i++) mean[i] += vector[i] / vectors.length;
  return mean;
}

const minus = (a: ArrayLike<number>, b: ArrayLike<number>): Float64Array =>
  Float64Array.from(a, (x, i) => x - b[i]);

/** The sum of the rows' outer products, divided by `degrees`. */
function covariance(rows: readonly Float64Array[], degrees: number): Covariance {
  const n = rows[0].length;
  const sum = new Float64Array(n * n);
  for (const row of rows)
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) sum[i * n + j] += (row[i] * row[j]) / degrees;
  return sum;
}

function withinCovariance(recordings: readonly Recording[], means: readonly Float64Array[]): Covariance {
  const rows = recordings.flatMap(({ windows }, i) => windows.map((window) => minus(window, means[i])));
  return covariance(rows, rows.length - recordings.length);
}

function shrunk(matrix: Covariance, n: number): Covariance {
  let trace = 0;
  for (let i = 0; i < n; i++) trace += matrix[i * n + i];
  const onDiagonal = (SHRINKAGE * trace) / n;
  return matrix.map((x, at) => (1 - SHRINKAGE) * x + (at % (n + 1) === 0 ? onDiagonal : 0));
}

function betweenCovariance(
  recordings: readonly Recording[],
  means: readonly Float64Array[],
  within: Covariance,
): Covariance {
  const kinds = [...Map.groupBy(recordings.keys(), (i) => recordings[i].kind).values()];
  const rows = kinds.flatMap((own) => {
    const center = meanOf(own.map((i) => means[i]));
    return own.map((i) => minus(means[i], center));
  });
  const share = recordings.reduce((sum, { windows }) => sum + 1 / windows.length, 0) / recordings.length;
  return covariance(rows, rows.length - kinds.length).map((x, at) => x - share * within[at]);
}

/** The symmetric matrix whose square is the inverse of a positive definite one. */
function inverseRoot(matrix: Covariance, n: number): Covariance {
  const { values, vectors } = eigen(matrix, n);
  const scaled = vectors.map((x, at) => x / Math.sqrt(values[Math.floor(at / n)]));
  return product(transposed(vectors, n), scaled, n);
}

function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) for (let j = 0; j < n; j++) result[i * n + j] += a[i * n + k] * b[k * n + j];
  return result;
}

const transposed = (a: Float64Array, n: number): Float64Array =>
  a.map((_, at) => a[(at % n) * n + Math.floor(at / n)]);
