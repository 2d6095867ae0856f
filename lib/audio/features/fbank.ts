/** Log-mel features as Kaldi computes them: what every network here reads. */

import type { FeatureRecipe, Features } from "../types.ts";
import { type PowerSpectra, powerSpectra } from "./fft.ts";
import { type MelFilter, melFilters } from "./mel.ts";

/** float32 epsilon: Kaldi's floor under the logarithm. */
const FLOOR = 1.1920929e-7;

type Plan = {
  size: number;
  shift: number;
  window: Float64Array;
  filters: readonly MelFilter[];
  spectra: PowerSpectra;
  /** Two frames. Behind the window they stay zero: spectra come back in 0..size/2, which the window covers. */
  pair: readonly [Float64Array, Float64Array];
};

const plans = new Map<string, Plan>();

/**
 * samples  [n] in [-1, 1] at recipe.sampleRateHz
 * returns  [1 + floor((n - window) / shift)][melBins], natural log of mel power; no frames where n < window
 *
 * Raw: `recipe.normalize` is the caller's, over the frames that it keeps (subtractMean). Per frame: take off the mean,
 * pre-emphasize (the first sample stands in for the one before it), window, zero-pad to a power of two, power
 * spectrum, triangles, log. No dither.
 *
 * Source: Kaldi, feat/feature-window.cc and feature-fbank.cc, snip_edges = true; equal to transformers' audio_utils
 * and to models/training/features.py (test/golden/audio/fbank.py).
 */
export function fbank(samples: Float32Array, recipe: FeatureRecipe): Features {
  const plan = planFor(recipe);
  const { window, shift, filters, pair } = plan;
  const bins = recipe.melBins;
  const frames =
    samples.length < window.length ? 0 : 1 + Math.floor((samples.length - window.length) / shift);
  const data = new Float32Array(frames * bins);
  for (let frame = 0; frame < frames; frame += 2) {
    const both = frame + 1 < frames;
    load(samples, frame * shift, recipe, plan, pair[0]);
    // A last frame on its own has silence for company: leftovers of the pair before would leak into it.
    if (both) load(samples, (frame + 1) * shift, recipe, plan, pair[1]);
    if (!both) pair[1].fill(0);
    plan.spectra(pair[0], pair[1]);
    logMel(pair[0], filters, data, frame * bins);
    if (both) logMel(pair[1], filters, data, (frame + 1) * bins);
  }
  return { frames, bins, data };
}

/** The frames where mask is not 0, in order. mask [frames]. */
export function selectFrames(features: Features, mask: Uint8Array): Features {
  const { frames, bins, data } = features;
  if (mask.length !== frames) throw new RangeError(`mask of ${mask.length} for ${frames} frames`);
  const kept = mask.reduce((count, m) => count + (m ? 1 : 0), 0);
  const selected = new Float32Array(kept * bins);
  let to = 0;
  for (let frame = 0; frame < frames; frame++) {
    if (!mask[frame]) continue;
    selected.set(data.subarray(frame * bins, (frame + 1) * bins), to);
    to += bins;
  }
  return { frames: kept, bins, data: selected };
}

/** Takes each bin's mean over the frames off. A new array; nothing happens to no frames. */
export function subtractMean(features: Features): Features {
  const { frames, bins, data } = features;
  const mean = new Float64Array(bins);
  for (let i = 0; i < data.length; i++) mean[i % bins] += data[i] / frames;
  return { frames, bins, data: data.map((x, i) => x - mean[i % bins]) };
}

function planFor(recipe: FeatureRecipe): Plan {
  const { sampleRateHz, windowMs, shiftMs, melBins, lowHz, highHz, window } = recipe;
  const key = [sampleRateHz, windowMs, shiftMs, melBins, lowHz, highHz, window].join(" ");
  const known = plans.get(key);
  if (known) return known;
  const length = Math.round((sampleRateHz * windowMs) / 1000);
  const size = 2 ** Math.ceil(Math.log2(length));
  const plan = {
    size,
    shift: Math.round((sampleRateHz * shiftMs) / 1000),
    window: Float64Array.from({ length }, (_, i) =>
      WINDOWS[window](Math.cos((2 * Math.PI * i) / (length - 1))),
    ),
    filters: melFilters(melBins, size, sampleRateHz, lowHz, highHz),
    spectra: powerSpectra(size),
    pair: [new Float64Array(size), new Float64Array(size)] as const,
  };
  plans.set(key, plan);
  return plan;
}

/** Of the cosine that runs once around the frame, both ends included. */
const WINDOWS = {
  povey: (cosine: number) => (0.5 - 0.5 * cosine) ** 0.85,
  hamming: (cosine: number) => 0.54 - 0.46 * cosine,
} satisfies Record<FeatureRecipe["window"], (cosine: number) => number>;

function load(
  samples: Float32Array,
  at: number,
  recipe: FeatureRecipe,
  plan: Plan,
  frame: Float64Array,
): void {
  const { window } = plan;
  const length = window.length;
  let sum = 0;
  for (let i = 0; i < length; i++) sum += samples[at + i];
  const offset = recipe.removeDcOffset ? sum / length : 0;
  const { sampleScale, preemphasis } = recipe;
  let previous = samples[at] - offset;
  for (let i = 0; i < length; i++) {
    const x = samples[at + i] - offset;
    frame[i] = (x - preemphasis * previous) * sampleScale * window[i];
    previous = x;
  }
}

function logMel(power: Float64Array, filters: readonly MelFilter[], out: Float32Array, at: number): void {
  for (let bin = 0; bin < filters.length; bin++) {
    const { first, weights } = filters[bin];
    let energy = 0;
    for (let k = 0; k < weights.length; k++) energy += weights[k] * power[first + k];
    out[at + bin] = Math.log(Math.max(energy, FLOOR));
  }
}
