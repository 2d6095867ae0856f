/**
 * Returns the eigenvalues of a symmetric matrix, largest first, and its eigenvectors as rows.
 *
 * matrix  [n][n] row-major
 *
 * Cyclic Jacobi rotations: Golub and Van Loan, Matrix Computations, section 8.5.
 */
export function eigen(matrix: Float64Array, n: number): { values: Float64Array; vectors: Float64Array } {
  const a = matrix.slice();
  const v = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
  const scale = a.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  for (let sweep = 0; sweep < MOST_SWEEPS && offDiagonal(a, n) > SMALL * scale; sweep++)
    for (let p = 0; p < n - 1; p++) for (let q = p + 1; q < n; q++) rotate(a, v, n, p, q);
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => a[j * n + j] - a[i * n + i]);
  return {
    values: Float64Array.from(order, (i) => a[i * n + i]),
    vectors: Float64Array.from({ length: n * n }, (_, at) => v[order[Math.floor(at / n)] * n + (at % n)]),
  };
}

const MOST_SWEEPS = 30;
const SMALL = 1e-12;

function offDiagonal(a: Float64Array, n: number): number {
  let most = 0;
  for (let p = 0; p < n - 1; p++)
    for (let q = p + 1; q < n; q++) most = Math.max(most, Math.abs(a[p * n + q]));
  return most;
}

/** Makes a[p][q] zero. Rows of `v` are the eigenvectors. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q];
  if (apq === 0) return;
  const theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
  const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < n; k++) {
    const [kp, kq] = [a[k * n + p], a[k * n + q]];
    a[k * n + p] = c * kp - s * kq;
    a[k * n + q] = s * kp + c * kq;
  }
  for (let k = 0; k < n; k++) {
    const [pk, qk] = [a[p * n + k], a[q * n + k]];
    a[p * n + k] = c * pk - s * qk;
    a[q * n + k] = s * pk + c * qk;
    const [vp, vq] = [v[p * n + k], v[q * n + k]];
    v[p * n + k] = c * vp - s * vq;
    v[q * n + k] = s * vp + c * vq;
  }
}
