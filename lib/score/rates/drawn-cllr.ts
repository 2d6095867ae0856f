import type { SpeakerTrials } from "./groups.ts";

/**
 * Returns Cllr with speakers weighted as drawn. All trials of a pair have the same weight, so their
 * costs are summed once.
 */
export function drawnCllr(trials: SpeakerTrials, cost: Float64Array): (weights: Float64Array) => number {
  const [own, other] = [1, 0].map((kind) => pairCosts(trials, cost, kind));
  return (weights) => (meanCost(own, weights) + meanCost(other, weights)) / 2;
}

/** [P] for each pair of speakers, the number and cost of the trials of one kind between them. */
type PairCosts = { a: number[]; b: number[]; trials: Float64Array; cost: Float64Array };

function pairCosts(
  { enrolled, probe, genuine, speakers }: SpeakerTrials,
  cost: Float64Array,
  kind: number,
): PairCosts {
  const index = new Map<number, number>();
  const a: number[] = [];
  const b: number[] = [];
  const trials = new Float64Array(cost.length);
  const costs = new Float64Array(cost.length);
  for (let t = 0; t < cost.length; t++) {
    if (genuine[t] !== kind) continue;
    const one = Math.min(enrolled[t], probe[t]);
    const two = kind === 1 ? speakers : Math.max(enrolled[t], probe[t]);
    const key = one * (speakers + 1) + two;
    const at = index.get(key) ?? index.size;
    index.set(key, at);
    a[at] = one;
    b[at] = two;
    trials[at]++;
    costs[at] += cost[t];
  }
  return { a, b, trials: trials.subarray(0, a.length), cost: costs.subarray(0, a.length) };
}

function meanCost({ a, b, trials, cost }: PairCosts, weights: Float64Array): number {
  let all = 0;
  let count = 0;
  for (let p = 0; p < a.length; p++) {
    const weight = weights[a[p]] * weights[b[p]];
    all += weight * cost[p];
    count += weight * trials[p];
  }
  return all / count;
}
