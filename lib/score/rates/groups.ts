/**
 * Trials in order of falling score, cut where an operating point can matter: a run of trials of one class, or all trials of
 * one score where classes tie. EER, minDCF and minCllr depend on nothing but the weight of either class in each group.
 */
export type TrialGroups = {
  /** [T] indices of trials, highest score first; within a tie genuine trials first. */
  order: Int32Array;
  /** [K + 1] where in `order` each group begins; the last is T. */
  from: Int32Array;
  /** [K] where in `order` the group's impostor trials begin. */
  split: Int32Array;
};

/**
 * scores  [T] finite; else RangeError
 * genuine [T] 1 where both sides are one speaker, else 0
 */
export function groupTrials(scores: Float64Array, genuine: Uint8Array): TrialGroups {
  if (!scores.every(Number.isFinite)) throw new RangeError("a score that is not finite");
  const order = fallingOrder(scores, genuine);
  const from: number[] = [];
  const split: number[] = [];
  let [before, after]: [number, number] = [-1, -1];
  for (let start = 0, end = 0; start < order.length; start = end) {
    const score = scores[order[start]];
    let middle = start;
    while (middle < order.length && scores[order[middle]] === score && genuine[order[middle]]) middle++;
    end = middle;
    while (end < order.length && scores[order[end]] === score) end++;
    // A run goes on where this score's trials and the group's are all of one class.
    const kind = middle === end ? 1 : middle === start ? 0 : -1;
    if (kind !== -1 && kind === before) {
      if (kind === 1) split[after] = end;
    } else {
      after = from.push(start) - 1;
      split.push(middle);
    }
    before = kind;
  }
  return { order, from: Int32Array.from([...from, order.length]), split: Int32Array.from(split) };
}

/** By counting into the places that a sorted copy shows: a comparison called from a sort takes ten times as long. */
function fallingOrder(scores: Float64Array, genuine: Uint8Array): Int32Array {
  const sorted = scores.slice().sort();
  const last = sorted.length - 1;
  const taken = new Int32Array(sorted.length);
  const order = new Int32Array(sorted.length);
  for (const kind of [1, 0])
    for (let t = 0; t < scores.length; t++) {
      if (genuine[t] !== kind) continue;
      const first = last - lastAt(sorted, scores[t]);
      order[first + taken[first]++] = t;
    }
  return order;
}

/** Where a value that is there stands last. */
function lastAt(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Rates as fractions; `minDcf` by prior, in the order given. */
export type GroupRates = { eer: number; minDcf: number[] };

/**
 * EER and minDCF (costs 1 and 1) as metrics.ts defines them, of groups as weights.
 *
 * genuine, impostor  [K] weight of each group's trials of that class, highest scores first
 * returns undefined where a class has no weight
 */
export function groupRates(
  genuine: Float64Array,
  impostor: Float64Array,
  priors: readonly number[],
): GroupRates | undefined {
  const [g, m] = [sum(genuine), sum(impostor)];
  if (!(g > 0 && m > 0)) return undefined;
  const least = priors.map((prior) => prior);
  let [far, frr] = [0, 1];
  let eer: number | undefined;
  for (let k = 0; k < genuine.length; k++) {
    const [lastFar, gap] = [far, frr - far];
    far += impostor[k] / m;
    frr -= genuine[k] / g;
    if (eer === undefined && far >= frr - 1e-12) eer = lastFar + (gap / (gap + far - frr)) * (far - lastFar);
    for (let p = 0; p < priors.length; p++) {
      const cost = priors[p] * frr + (1 - priors[p]) * far;
      if (cost < least[p]) least[p] = cost;
    }
  }
  const minDcf = least.map((cost, p) => Math.max(cost, 0) / Math.min(priors[p], 1 - priors[p]));
  return { eer: eer ?? 1, minDcf };
}

/** A loop: `reduce` calls a function for each of a hundred thousand groups. */
function sum(values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
}
