/** A linear map: weights . features + offset. */
type Linear = { weights: Float64Array; offset: number };
export type Weights = { positive: Float64Array; negative: Float64Array };
/** [K][N]: one column per feature, one entry per trial. */
export type Columns = readonly Float64Array[];

/**
 * The objective at one point: loss, gradient [P] and curvature [P][P]. The offset is the last
 * parameter.
 */
type Local = { loss: number; gradient: Float64Array; curvature: Float64Array[] };

/**
 * Keeps weights finite if the classes don't overlap; changes them by less than a thousandth if they
 * do.
 */
const RIDGE = 1e-6;
const MAX_STEPS = 100;

/**
 * Returns the linear map f that minimizes mean ln(1 + e^-f) over `positive` plus mean ln(1 + e^f)
 * over `negative`, halved, plus 1e-6/2 * (weights^2 + offset^2). Each class weighs one half,
 * independent of its size. Uses Newton's method with step halving. The objective is strictly
 * convex, so there is one minimum.
 *
 * positive, negative  [K][N] and [K][M], K, N and M at least 1, roughly standardized
 * weights             [N] and [M], the shares of the trials in their class's mean, each with a sum
 *                     of 1; undefined: equal
 */
export function logisticRegression(positive: Columns, negative: Columns, weights?: Weights): Linear {
  const features = positive.length;
  let at = new Float64Array(features + 1);
  let here = localAt(at, positive, negative, weights);
  for (let step = 0; step < MAX_STEPS; step++) {
    const move = solved(here);
    // Twice the possible gain of the step. Below the loss's last digits the loss can't decide, and
    // one more step is exact.
    const gain = move.reduce((sum, x, i) => sum + x * here.gradient[i], 0);
    if (gain < 1e-14) {
      at = at.map((x, i) => x - move[i]);
      break;
    }
    const next = descend(at, move, here.loss, positive, negative, weights);
    if (!next) break;
    ({ at, here } = next);
  }
  return { weights: at.slice(0, features), offset: at[features] };
}

/**
 * Returns the longest of the full Newton step and its halves that lowers the loss; undefined at the
 * rounding limit.
 */
function descend(
  from: Float64Array,
  move: Float64Array,
  loss: number,
  positive: Columns,
  negative: Columns,
  weights: Weights | undefined,
) {
  for (let scale = 1; scale > 1e-9; scale /= 2) {
    const at = from.map((x, i) => x - scale * move[i]);
    const here = localAt(at, positive, negative, weights);
    if (here.loss < loss) return { at, here };
  }
  return undefined;
}

function localAt(
  at: Float64Array,
  positive: Columns,
  negative: Columns,
  weights: Weights | undefined,
): Local {
  const size = at.length;
  let loss = (RIDGE / 2) * at.reduce((sum, x) => sum + x * x, 0);
  const gradient = at.map((x) => RIDGE * x);
  const curvature = Array.from(at, (_, i) => new Float64Array(size).fill(0).fill(RIDGE, i, i + 1));
  const row = new Float64Array(size).fill(1);
  const add = (columns: Columns, sign: 1 | -1, shares: Float64Array | undefined) => {
    const count = columns[0].length;
    for (let n = 0; n < count; n++) {
      const weight = 0.5 * (shares ? shares[n] : 1 / count);
      let value = at[size - 1];
      for (let i = 0; i < size - 1; i++) {
        row[i] = columns[i][n];
        value += at[i] * row[i];
      }
      const margin = sign * value;
      const wrong = 1 / (1 + Math.exp(margin));
      loss += weight * (Math.max(-margin, 0) + Math.log1p(Math.exp(-Math.abs(margin))));
      const g = -sign * weight * wrong;
      const h = weight * wrong * (1 - wrong);
      for (let i = 0; i < size; i++) {
        gradient[i] += g * row[i];
        for (let j = 0; j <= i; j++) curvature[i][j] += h * row[i] * row[j];
      }
    }
  };
  add(positive, 1, weights?.positive);
  add(negative, -1, weights?.negative);
  return { loss, gradient, curvature };
}

/** Returns curvature^-1 * gradient by Cholesky; reads only the lower triangle. */
function solved({ gradient, curvature }: Local): Float64Array {
  const size = gradient.length;
  const lower = curvature.map((row) => row.slice());
  for (let j = 0; j < size; j++) {
    for (let k = 0; k < j; k++) lower[j][j] -= lower[j][k] ** 2;
    lower[j][j] = Math.sqrt(lower[j][j]);
    for (let i = j + 1; i < size; i++) {
      for (let k = 0; k < j; k++) lower[i][j] -= lower[i][k] * lower[j][k];
      lower[i][j] /= lower[j][j];
    }
  }
  const x = gradient.slice();
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) x[i] -= lower[i][k] * x[k];
    x[i] /= lower[i][i];
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) x[i] -= lower[k][i] * x[k];
    x[i] /= lower[i][i];
  }
  return x;
}
