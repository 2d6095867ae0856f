import type { Window } from "./windows.ts";

/**
 * How a network's embeddings of windows vary, learned from training speech
 * (models/build/voice-space.ts).
 *
 * projection  [dimension][dimension] row-major; then windows of one person in one recording vary
 *             with unit covariance
 * between     [dimension] variance between people in one kind of recording, at least 0
 */
export type LearnedSpace = { projection: Float32Array; between: Float64Array };

/**
 * The windows of a recording as points at which those of one person vary by 1 in each dimension.
 */
export type VoiceSpace = {
  /** [windows][dimension] row-major, around the recording's mean. */
  points: Float32Array;
  /** [dimension] variance between people, above 0. */
  between: Float64Array;
};

/** With fewer pairs, the usual share says how much windows of one person vary. */
const LEAST_PAIRS = 20;
/** Variance within people over all variance, of windows of 1.5 s. */
const USUAL_SHARE = 0.6;
const LEAST_BETWEEN = 0.02;

/**
 * Moves the windows of a recording into a space in which voices can be compared. The recording's
 * mean is the origin: the room, the microphone and the line shift all voices alike.
 *
 * rows     [windows][dimension] row-major, unit rows in order of time
 * learned  undefined for a model without a voice space: the recording itself then shows how windows
 *          of one person vary. That tells people apart as well, but finds several in a monologue
 *          (docs/experiments.md)
 */
export function voiceSpaceOf(
  rows: Float32Array,
  windows: readonly Window[],
  learned: LearnedSpace | undefined,
): VoiceSpace {
  if (!learned) return ownSpaceOf(rows, windows);
  const dimension = learned.between.length;
  const centered = minusMean(rows, dimension);
  const points = new Float32Array(rows.length);
  for (let row = 0; row < rows.length; row += dimension)
    for (let d = 0; d < dimension; d++) {
      let sum = 0;
      for (let k = 0; k < dimension; k++) sum += learned.projection[d * dimension + k] * centered[row + k];
      points[row + d] = sum;
    }
  return { points, between: learned.between.map((x) => Math.max(LEAST_BETWEEN, x)) };
}

function minusMean(rows: Float32Array, dimension: number): Float32Array {
  const mean = new Float64Array(dimension);
  for (let i = 0; i < rows.length; i++) mean[i % dimension] += rows[i] / (rows.length / dimension);
  return rows.map((x, i) => x - mean[i % dimension]);
}

/**
 * Two windows that follow each other in one stretch of speech, without a common frame, are mostly
 * of one person, and show how far such windows are apart.
 */
function ownSpaceOf(rows: Float32Array, windows: readonly Window[]): VoiceSpace {
  const n = windows.length;
  const dimension = rows.length / n;
  const centered = minusMean(rows, dimension);
  const all = new Float64Array(dimension);
  for (let i = 0; i < rows.length; i++) all[i % dimension] += centered[i] ** 2 / n;
  const within = withinVariance(rows, neighbors(windows), dimension) ?? all.map((x) => x * USUAL_SHARE);
  return {
    points: centered.map((x, i) => x / Math.sqrt(within[i % dimension])),
    between: all.map((x, d) => Math.max(LEAST_BETWEEN, x / within[d] - 1)),
  };
}

/**
 * Pairs of a window and the first one after it, in the same stretch, that shares no frame with it.
 */
function neighbors(windows: readonly Window[]): [number, number][] {
  const pairs: [number, number][] = [];
  let later = 0;
  let stretch = 0;
  for (let w = 0; w < windows.length; w++) {
    stretch = Math.max(stretch, w);
    while (windows[stretch + 1]?.tileFrom === windows[stretch].tileTo) stretch += 1;
    later = Math.max(later, w);
    while (later < stretch && windows[later].from < windows[w].to) later += 1;
    if (windows[later].from >= windows[w].to) pairs.push([w, later]);
  }
  return pairs;
}

function withinVariance(
  rows: Float32Array,
  pairs: readonly (readonly [number, number])[],
  dimension: number,
): Float64Array | undefined {
  if (pairs.length < LEAST_PAIRS) return undefined;
  const sum = new Float64Array(dimension);
  for (const [a, b] of pairs)
    for (let d = 0; d < dimension; d++)
      sum[d] += (rows[a * dimension + d] - rows[b * dimension + d]) ** 2 / (2 * pairs.length);
  return sum;
}

/**
 * Returns how much likelier each pair of points is of one person than of two, as natural
 * logarithms, in the order of `agglomerate`.
 *
 * points  [n][dimension] row-major
 *
 * Source: the two-covariance model, Brümmer and de Villiers 2010, Odyssey; with diagonal
 * covariances.
 */
export function pairRatios(points: Float32Array, between: Float64Array): Float32Array {
  const dimension = between.length;
  const n = points.length / dimension;
  const cross = between.map((b) => Math.sqrt(b / (1 + 2 * b)));
  const own = between.map((b) => (b * b) / (2 * (1 + b) * (1 + 2 * b)));
  const constant = between.reduce((sum, b) => sum + Math.log(1 + b) - Math.log(1 + 2 * b) / 2, 0);
  const scaled = points.map((x, i) => x * cross[i % dimension]);
  const penalties = Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let d = 0; d < dimension; d++) sum += own[d] * points[i * dimension + d] ** 2;
    return sum;
  });
  const ratios = new Float32Array((n * (n - 1)) / 2);
  for (let j = 1, at = 0; j < n; j++) {
    const row = scaled.subarray(j * dimension, (j + 1) * dimension);
    for (let i = 0; i < j; i++, at++) {
      const from = i * dimension;
      let sum = constant - penalties[i] - penalties[j];
      for (let d = 0; d < dimension; d++) sum += row[d] * scaled[from + d];
      ratios[at] = sum;
    }
  }
  return ratios;
}
