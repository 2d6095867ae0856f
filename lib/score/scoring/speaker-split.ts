import { type Group, projected, type TwoCovariance, twoVoicesLlr } from "./two-covariance.ts";
import type { UnitVector } from "./vector.ts";

/** Fewer windows can't show a second voice reliably. */
const LEAST_WINDOWS = 2;
const MOST_ROUNDS = 10;
/**
 * All windows of a clip count as at most so many, about those of 10 s. A voice drifts during a
 * longer clip, so that more windows would not be as independent as they count.
 */
const MOST_COUNT = 6;
/**
 * How many windows the model's covariance within a voice is worth, against the clip's own windows:
 * in a hall or in noise, the windows of one voice vary more.
 */
const PRIOR_COUNT = 2;

/**
 * Returns how much likelier two voices are than one, for the division of the windows that favors
 * two voices most: a natural logarithm. It is biased upwards by the choice of the division, so it
 * needs a limit of its own for each duration. Undefined with less than four windows.
 *
 * windows  embeddings of windows in the order of time
 * weight   the share of a window that no other one contains, 0..1
 *
 * Tries every division at one change of speaker, then divisions into the two clusters that 2-means
 * finds (Lloyd 1982), from the best change and from the two windows that are farthest apart.
 */
export function twoVoicesEvidence(
  space: TwoCovariance,
  windows: readonly UnitVector[],
  weight: number,
): number | undefined {
  if (windows.length < 2 * LEAST_WINDOWS) return undefined;
  const points = windows.map((window) => projected(space, window));
  const each = Math.min(weight, MOST_COUNT / windows.length);
  const llrOf = (inA: readonly boolean[]) => {
    const [a, b] = [groupOf(points, inA, true, each), groupOf(points, inA, false, each)];
    return twoVoicesLlr(space, a, b);
  };
  const changes = points
    .slice(LEAST_WINDOWS, points.length - LEAST_WINDOWS + 1)
    .map((_, i) => points.map((_, at) => at < i + LEAST_WINDOWS));
  const best = changes.reduce((most, one) => (llrOf(one) > llrOf(most) ? one : most));
  const clusters = [best, nearestOf(points, farthestApart(points))]
    .map((seed) => clustersFrom(points, seed))
    .filter((inA) => Math.min(countOf(inA, true), countOf(inA, false)) >= LEAST_WINDOWS);
  return Math.max(...[best, ...clusters].map((inA) => scaledLlr(space, points, inA, each)));
}

/**
 * The ratio for a division, with the covariance within a voice scaled to the windows of the clip.
 */
function scaledLlr(
  { between, ...space }: TwoCovariance,
  points: readonly Float64Array[],
  inA: readonly boolean[],
  weight: number,
): number {
  const groups = [true, false].map((a) => groupOf(points, inA, a, weight));
  const variance = varianceWithin(points, inA, groups, weight);
  const [a, b] = groups.map(({ mean, count }) => ({ mean: mean.map((x) => x / Math.sqrt(variance)), count }));
  return twoVoicesLlr({ ...space, between: between.map((x) => x / variance) }, a, b);
}

/** The variance of the windows about their group's mean, relative to the model's. */
function varianceWithin(
  points: readonly Float64Array[],
  inA: readonly boolean[],
  [a, b]: readonly Group[],
  weight: number,
): number {
  const squares = points.reduce((sum, point, i) => sum + squaredDistance(point, (inA[i] ? a : b).mean), 0);
  const degrees = Math.max(0, points.length * weight - 2);
  return (PRIOR_COUNT + (weight * squares) / a.mean.length) / (PRIOR_COUNT + degrees);
}

const countOf = (inA: readonly boolean[], a: boolean): number => inA.filter((one) => one === a).length;

function groupOf(
  points: readonly Float64Array[],
  inA: readonly boolean[],
  a: boolean,
  weight: number,
): Group {
  const own = points.filter((_, i) => inA[i] === a);
  return { mean: meanOf(own), count: own.length * weight };
}

function meanOf(points: readonly Float64Array[]): Float64Array {
  const mean = new Float64Array(points[0].length);
  for (const point of points) for (let k = 0; k < mean.length; k++) mean[k] += point[k] / points.length;
  return mean;
}

/** Moves each point to the nearer mean until none moves, or until one cluster is empty. */
function clustersFrom(points: readonly Float64Array[], seed: readonly boolean[]): readonly boolean[] {
  let inA = seed;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    if (inA.every(Boolean) || !inA.some(Boolean)) return inA;
    const means = [true, false].map((a) => meanOf(points.filter((_, i) => inA[i] === a)));
    const moved = nearestOf(points, means);
    if (moved.every((one, i) => one === inA[i])) return inA;
    inA = moved;
  }
  return inA;
}

const nearestOf = (points: readonly Float64Array[], [a, b]: readonly Float64Array[]): boolean[] =>
  points.map((point) => squaredDistance(point, a) < squaredDistance(point, b));

function farthestApart(points: readonly Float64Array[]): [Float64Array, Float64Array] {
  let most = { distance: -1, pair: [points[0], points[0]] as [Float64Array, Float64Array] };
  for (const [i, a] of points.entries())
    for (const b of points.slice(i + 1)) {
      const distance = squaredDistance(a, b);
      if (distance > most.distance) most = { distance, pair: [a, b] };
    }
  return most.pair;
}

function squaredDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] - b[k]) ** 2;
  return sum;
}
