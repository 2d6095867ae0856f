/**
 * Trials in order of falling score, in groups between which an operating point can matter: a run of
 * trials of one class, or all trials of one score if both classes have it. EER, minDCF and minCllr
 * depend only on the weight of either class in each group.
 */
type TrialGroups = {
  /** [T] indices of trials, highest score first; within a tie genuine trials first. */
  order: Int32Array;
  /** [K + 1] where each group starts in `order`; the last is T. */
  from: Int32Array;
  /** [K] where the group's impostor trials start in `order`. */
  split: Int32Array;
};

/**
 * Groups trials for `groupRates`.
 *
 * scores  [T] finite; else RangeError
 * genuine [T] 1 if both sides are one speaker, else 0
 */
export function groupTrials(scores: Float64Array, genuine: Uint8Array): TrialGroups {
  if (!scores.every(Number.isFinite)) throw new RangeError("a score that is not finite");
  const order = fallingOrder(scores, genuine);
  const from: number[] = [];
  const split: number[] = [];
  let previous: "genuine" | "impostor" | "tied" | undefined;
  for (let start = 0, end = 0; start < order.length; start = end) {
    const score = scores[order[start]];
    let middle = start;
    while (middle < order.length && scores[order[middle]] === score && genuine[order[middle]]) middle++;
    end = middle;
    while (end < order.length && scores[order[end]] === score) end++;
    const kind = middle === end ? "genuine" : middle === start ? "impostor" : "tied";
    // A score whose trials are all of the previous group's class continues that group.
    if (kind === previous && kind !== "tied") {
      if (kind === "genuine") split[split.length - 1] = end;
    } else {
      from.push(start);
      split.push(middle);
    }
    previous = kind;
  }
  return { order, from: Int32Array.from([...from, order.length]), split: Int32Array.from(split) };
}

/**
 * Counts trials into their places in a sorted copy: sorting with a comparison takes ten times as
 * long.
 */
function fallingOrder(scores: Float64Array, genuine: Uint8Array): Int32Array {
  const sorted = scores.slice().sort();
  const last = sorted.length - 1;
  const filled = new Int32Array(sorted.length);
  const order = new Int32Array(sorted.length);
  for (const kind of [1, 0])
    for (let t = 0; t < scores.length; t++) {
      if (genuine[t] !== kind) continue;
      const first = last - lastAt(sorted, scores[t]);
      order[first + filled[first]] = t;
      filled[first]++;
    }
  return order;
}

/** Returns the last index of a value in a sorted array that contains it. */
function lastAt(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Rates as fractions; `minDcf` in the order of the priors. */
export type GroupRates = { eer: number; minDcf: number[] };

/**
 * Returns EER and minDCF (both costs 1) of weighted groups, defined as in metrics.ts. Returns
 * undefined if a class has no weight.
 *
 * genuine, impostor  [K] weight of each group's trials of that class, highest scores first
 */
export function groupRates(
  genuine: Float64Array,
  impostor: Float64Array,
  priors: readonly number[],
): GroupRates | undefined {
  const [g, m] = [sum(genuine), sum(impostor)];
  if (!(g > 0 && m > 0)) return undefined;
  // Accepting nothing costs `prior`.
  const least = [...priors];
  let far = 0;
  let frr = 1;
  let eer: number | undefined;
  for (let k = 0; k < genuine.length; k++) {
    const lastFar = far;
    const gap = frr - far;
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

/** Uses a loop because `reduce` would call a function for each of a hundred thousand groups. */
function sum(values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
}

/**
 * [T] trials with their speakers as indices, 0 to speakers - 1. If `genuine` is 1, both sides are
 * one speaker.
 */
export type SpeakerTrials = {
  scores: Float64Array;
  genuine: Uint8Array;
  enrolled: Int32Array;
  probe: Int32Array;
  /** How many speakers are drawn from. */
  speakers: number;
  /** [T] finite cost of each trial in bits, for Cllr; absent: Cllr isn't drawn. */
  cost?: Float64Array | undefined;
};
