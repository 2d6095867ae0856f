import { rocPoints } from "./metrics.ts";

/**
 * Returns the cost in bits of the best log-likelihood ratios that keep the order of the trials:
 * Cllr after perfect calibration. 0: the two classes separate; 1: the scores carry no information.
 * Both lists as in metrics.ts; else RangeError.
 *
 * Source: Brummer and du Preez 2006, doi:10.1016/j.csl.2005.08.001; tied scores share one ratio, as
 * in the BOSARIS toolkit.
 */
export function minCllr(genuine: ArrayLike<number>, impostor: ArrayLike<number>): number {
  const { far, frr } = rocPoints(genuine, impostor);
  const steps = far.length - 1;
  const g = Float64Array.from({ length: steps }, (_, k) => frr[k] - frr[k + 1]);
  const m = Float64Array.from({ length: steps }, (_, k) => far[k + 1] - far[k]);
  return pavCost(g, m);
}

/**
 * Returns the cost of the ratios by pool-adjacent-violators over groups of trials, highest scores
 * first: a lower group with a larger share of genuine trials is merged with the one above.
 *
 * genuine, impostor  [K] weights >= 0 of each group's trials; each list sums to more than 0
 * Source: isotonic regression by pooling: Ayer et al. 1955, doi:10.1214/aoms/1177728423.
 */
export function pavCost(genuine: Float64Array, impostor: Float64Array): number {
  const g = new Float64Array(genuine.length);
  const m = new Float64Array(genuine.length);
  let groups = 0;
  for (let k = 0; k < genuine.length; k++) {
    if (genuine[k] === 0 && impostor[k] === 0) continue;
    g[groups] = genuine[k];
    m[groups] = impostor[k];
    groups++;
    // Cross-multiplied to avoid dividing by zero for a group without impostors.
    while (groups > 1 && g[groups - 1] * m[groups - 2] >= g[groups - 2] * m[groups - 1]) {
      g[groups - 2] += g[groups - 1];
      m[groups - 2] += m[groups - 1];
      groups--;
    }
  }
  let allGenuine = 0;
  let allImpostor = 0;
  for (let k = 0; k < groups; k++) {
    allGenuine += g[k];
    allImpostor += m[k];
  }
  // A group's likelihood ratio is (g / allGenuine) / (m / allImpostor). If it is 0 or infinite, its
  // only class costs nothing.
  let missed = 0;
  let accepted = 0;
  for (let k = 0; k < groups; k++) {
    if (g[k] === 0 || m[k] === 0) continue;
    const odds = (m[k] * allGenuine) / (g[k] * allImpostor);
    missed += g[k] * Math.log2(1 + odds);
    accepted += m[k] * Math.log2(1 + 1 / odds);
  }
  return (missed / allGenuine + accepted / allImpostor) / 2;
}
