import { type GroupRates, groupRates, groupTrials } from "./groups.ts";
import type { Interval } from "./interval.ts";
import { pavCost } from "./pav.ts";

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

export type Replicate = GroupRates & { minCllr: number; cllr: number | undefined };

/**
 * Returns error rates as they would be with other speakers. One replicate draws `speakers` speakers
 * with replacement. A genuine trial then counts as often as its speaker was drawn, and an impostor
 * trial as often as the product of both (the pigeonhole bootstrap: Owen 2007,
 * doi:10.1214/07-AOAS122). Trials of one speaker fail together, so drawing single trials would give
 * intervals that are too narrow: Bolle, Ratha and Pankanti 2004, doi:10.1016/j.cviu.2003.08.002.
 *
 * seed     whole number; replicate r of a seed draws the same speakers for any scores, so that
 *          methods are compared on the same draws
 * returns  replicates first..first + count - 1, without those that drew no genuine or no impostor
 *          trial
 */
export function bootstrapRates(
  trials: SpeakerTrials,
  options: { seed: number; first: number; count: number; priors: readonly number[] },
): Replicate[] {
  const { order, from, split } = groupTrials(trials.scores, trials.genuine);
  // The index after the last speaker has weight 1.
  const unitIndex = trials.speakers;
  // Uint16 halves the memory to read, if the indices fit.
  const Indices = unitIndex < 2 ** 16 ? Uint16Array : Int32Array;
  const a = new Indices(order.length);
  const b = new Indices(order.length);
  for (let i = 0; i < order.length; i++) {
    const t = order[i];
    a[i] = trials.enrolled[t];
    // A genuine trial counts by one speaker's weight, so its second factor is 1.
    b[i] = trials.genuine[t] ? unitIndex : trials.probe[t];
  }
  const sorted = { a, b, from, split };
  const cllrOf = trials.cost && drawnCllr(trials, trials.cost);
  const kept = { genuine: new Float64Array(split.length), impostor: new Float64Array(split.length) };
  const replicates: Replicate[] = [];
  for (let r = options.first; r < options.first + options.count; r++) {
    const weights = drawSpeakers(trials.speakers, options.seed, r);
    const groups = weigh(sorted, weights, kept);
    const genuine = kept.genuine.subarray(0, groups);
    const impostor = kept.impostor.subarray(0, groups);
    const rates = groupRates(genuine, impostor, options.priors);
    if (rates) replicates.push({ ...rates, minCllr: pavCost(genuine, impostor), cllr: cllrOf?.(weights) });
  }
  return replicates;
}

/**
 * Returns Cllr with speakers weighted as drawn. All trials of a pair have the same weight, so their
 * costs are summed once.
 */
function drawnCllr(trials: SpeakerTrials, cost: Float64Array): (weights: Float64Array) => number {
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

type Indices = Int32Array | Uint16Array;
type Sorted = { a: Indices; b: Indices; from: Int32Array; split: Int32Array };

/**
 * Writes the weight of each group of trials into `genuine` and `impostor` and returns the number of
 * groups. Drops groups without weight, then merges neighbors of the same class: the rates stay the
 * same with half as much to count.
 */
function weigh(
  { a, b, from, split }: Sorted,
  weights: Float64Array,
  { genuine, impostor }: { genuine: Float64Array; impostor: Float64Array },
): number {
  let groups = 0;
  for (let k = 0; k < split.length; k++) {
    let g = 0;
    let m = 0;
    for (let i = from[k]; i < split[k]; i++) g += weights[a[i]] * weights[b[i]];
    for (let i = split[k]; i < from[k + 1]; i++) m += weights[a[i]] * weights[b[i]];
    if (g === 0 && m === 0) continue;
    const last = groups - 1;
    if (last >= 0 && ((m === 0 && impostor[last] === 0) || (g === 0 && genuine[last] === 0))) {
      genuine[last] += g;
      impostor[last] += m;
    } else {
      genuine[groups] = g;
      impostor[groups] = m;
      groups++;
    }
  }
  return groups;
}

/** [speakers + 1] how often each speaker was drawn, then a 1. */
function drawSpeakers(speakers: number, seed: number, replicate: number): Float64Array {
  const next = mulberry32(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(replicate + 1, 0x85ebca6b));
  const weights = new Float64Array(speakers + 1);
  for (let i = 0; i < speakers; i++) weights[Math.floor(next() * speakers)]++;
  weights[speakers] = 1;
  return weights;
}

/**
 * Tommy Ettinger's generator, public domain: 32 bits of state, [0, 1). Good enough for drawing,
 * never for secrets.
 */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Returns the percentile interval: the middle `level` of the values, linear between order
 * statistics (R's type 7). Source: Efron and Tibshirani 1993, chapter 13. Undefined for fewer than
 * 20 values.
 */
export function percentileInterval(values: ArrayLike<number>, level = 0.95): Interval | undefined {
  if (values.length < 20) return undefined;
  const sorted = Float64Array.from(values).sort();
  const at = (p: number) => {
    const x = p * (sorted.length - 1);
    const i = Math.floor(x);
    return sorted[i] + (x - i) * ((sorted[i + 1] ?? sorted[i]) - sorted[i]);
  };
  return { low: at((1 - level) / 2), high: at((1 + level) / 2) };
}
