import { agglomerate, numbered } from "./agglomerate.ts";
import { vbHmm } from "./vb-hmm.ts";
import { type LearnedSpace, pairRatios, type VoiceSpace, voiceSpaceOf } from "./voice-space.ts";
import type { Window } from "./windows.ts";

/**
 * How windows are assigned. The usual settings were chosen on people held out of training
 * (docs/experiments.md).
 */
export type AssignmentSettings = {
  /** Mean log-likelihood ratio from which two clusters of windows are merged at first. */
  leastRatio: number;
  /** See HmmSettings. */
  evidence: number;
  regularization: number;
  /** How probable it is that the speaker stays the same from one window to the next: */
  loop: { withinSpeech: number; acrossPause: number };
};

export const USUAL_SETTINGS: AssignmentSettings = {
  leastRatio: 0,
  evidence: 0.15,
  regularization: 8,
  loop: { withinSpeech: 0.97, acrossPause: 0.6 },
};

/** Every so many windows are clustered at first. Their neighbors overlap them by most. */
const STRIDE = 3;
/** Clusters beyond the largest ones are noise: the model drops even more of them. */
const MOST_CLUSTERS = 40;
/** The first assignment is this sure, as a natural logarithm. Landini et al. 2022, section 3.1. */
const SURENESS = 7;

/**
 * Returns the speaker of each window, [windows] numbered from 0 in order of appearance.
 *
 * rows     [windows][embedding] row-major
 * learned  of the model, if it has one
 */
export function assignSpeakers(
  rows: Float32Array,
  windows: readonly Window[],
  learned: LearnedSpace | undefined,
  settings: AssignmentSettings = USUAL_SETTINGS,
): Int32Array {
  if (windows.length < 2) return new Int32Array(windows.length);
  const space = voiceSpaceOf(rows, windows, learned);
  const clusters = firstClusters(space, windows.length, settings.leastRatio);
  const initial = initialAssignment(clusters);
  const { withinSpeech, acrossPause } = settings.loop;
  const loop = Float64Array.from(windows, ({ tileFrom }, w) =>
    w > 0 && windows[w - 1].tileTo === tileFrom ? withinSpeech : acrossPause,
  );
  const { posteriors } = vbHmm(space.points, space.between, initial, { ...settings, loop });
  const speakers = posteriors.length / windows.length;
  return numbered(Int32Array.from(windows, (_, w) => likeliest(posteriors, w * speakers, speakers)));
}

/** [windows] the cluster of each, or of its nearest neighbor in time. */
function firstClusters({ points, between }: VoiceSpace, count: number, leastRatio: number): Int32Array {
  const dimension = between.length;
  const some = Math.ceil(count / STRIDE);
  const spread = new Float32Array(some * dimension);
  for (let i = 0; i < some; i++)
    spread.set(points.subarray(i * STRIDE * dimension, (i * STRIDE + 1) * dimension), i * dimension);
  const labels = agglomerate(pairRatios(spread, between), some, leastRatio);
  return Int32Array.from({ length: count }, (_, w) => labels[Math.min(some - 1, Math.round(w / STRIDE))]);
}

/** [windows][clusters] row-major; windows of small clusters may be anybody's. */
function initialAssignment(clusters: Int32Array): Float64Array {
  const sizes = new Map<number, number>();
  for (const cluster of clusters) sizes.set(cluster, (sizes.get(cluster) ?? 0) + 1);
  const largest = [...sizes].sort(([, a], [, b]) => b - a).slice(0, MOST_CLUSTERS);
  const places = new Map(largest.map(([cluster], place) => [cluster, place]));
  const count = places.size;
  const own = Math.exp(SURENESS) / (Math.exp(SURENESS) + count - 1);
  const assignment = new Float64Array(clusters.length * count);
  for (let w = 0; w < clusters.length; w++) {
    const place = places.get(clusters[w]);
    const others = place === undefined ? 1 / count : (1 - own) / Math.max(1, count - 1);
    assignment.fill(others, w * count, (w + 1) * count);
    if (place !== undefined) assignment[w * count + place] = own;
  }
  return assignment;
}

function likeliest(values: Float64Array, from: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[from + i] > values[from + best]) best = i;
  return best;
}
