import { drawnCllr } from "./drawn-cllr.ts";
import type { SpeakerTrials } from "./groups.ts";
import { type GroupRates, groupRates, groupTrials } from "./groups.ts";
import { pavCost } from "./pav.ts";
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
