import { rocPoints } from "./metrics.ts";

/**
 * Cost in bits of the best log-likelihood ratios that keep the order of the trials: what Cllr would be after perfect
 * calibration. 0: the two classes separate; 1: the scores say nothing. Both lists as in metrics.ts; else RangeError.
 *
 * Source: Brummer and du Preez 2006, doi:10.1016/j.csl.2005.08.001; tied scores share one ratio, as in the BOSARIS toolkit.
 */
export function minCllr(genuine: ArrayLike<number>, impostor: ArrayLike<number>): number {
  const { far, frr } = rocPoints(genuine, impostor);
  const steps = far.length - 1;
  const g = Float64Array.from({ length: steps }, (_, k) => frr[k] - frr[k + 1]);
  const m = Float64Array.from({ length: steps }, (_, k) => far[k + 1] - far[k]);
  return pavCost(g, m);
}

/**
 * Pool-adjacent-violators over groups of trials, highest scores first: wherever a lower group has the larger share of genuine
 * trials, it and the one above become one. The cost of the ratios that result.
 *
 * genuine, impostor  [K] weights >= 0 of each group's trials; each list sums to more than 0
 * Source: isotonic regression by pooling: Ayer et al. 1955, doi:10.1214/aoms/1177728423.
 */
export function pavCost(genuine: Float64Array, impostor: Float64Array): number {
  const g = new Float64Array(genuine.length);
  const m = new Float64Array(genuine.length);
  let top = -1;
  for (let k = 0; k < genuine.length; k++) {
    if (genuine[k] === 0 && impostor[k] === 0) continue;
    g[++top] = genuine[k];
    m[top] = impostor[k];
    // Cross-multiplied, so that a group without impostors is no division by zero.
    while (top > 0 && g[top] * m[top - 1] >= g[top - 1] * m[top]) {
      g[top - 1] += g[top];
      m[top - 1] += m[top];
      top--;
    }
  }
  let [allGenuine, allImpostor] = [0, 0];
  for (let k = 0; k <= top; k++) {
    allGenuine += g[k];
    allImpostor += m[k];
  }
  // A group's likelihood ratio is (g / allGenuine) / (m / allImpostor); where it is 0 or infinite its one class costs nothing.
  let [missed, accepted] = [0, 0];
  for (let k = 0; k <= top; k++) {
    if (g[k] === 0 || m[k] === 0) continue;
    const odds = (m[k] * allGenuine) / (g[k] * allImpostor);
    missed += g[k] * Math.log2(1 + odds);
    accepted += m[k] * Math.log2(1 + 1 / odds);
  }
  return (missed / allGenuine + accepted / allImpostor) / 2;
}
