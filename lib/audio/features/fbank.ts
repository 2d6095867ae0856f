import type { FeatureRecipe, Features } from "../types.ts";
import { type PowerSpectra, powerSpectra } from "./fft.ts";
import { type MelFilter, melFilters } from "./mel.ts";

/** float32 epsilon: Kaldi's lower limit for the logarithm. */
const FLOOR = 1.1920929e-7;

type Plan = {
  size: number;
  shift: number;
  window: Float64Array;
  filters: readonly MelFilter[];
  spectra: PowerSpectra;
  /**
   * Two frames of `size`. The part after the window stays zero: spectra only fill 0..size/2, which
   * the window covers.
   */
  pair: readonly [Float64Array, Float64Array];
};

const plans = new Map<string, Plan>();

/**
 * Computes log-mel features as Kaldi does.
 *
 * samples  [n] in [-1, 1] at recipe.sampleRateHz
 * returns  [1 + floor((n - window) / shift)][melBins], natural log of mel power; no frames if n <
 *          window
 *
 * Does not apply `recipe.normalize`: the caller does, over the frames it keeps (subtractMean). Each
 * frame is centered, pre-emphasized (its first sample also serves as the one before it), windowed,
 * zero-padded to a power of two and transformed; the result is the logarithm of each triangle's
 * power. There is no dither.
 *
 * Source: Kaldi, feat/feature-window.cc and feature-fbank.cc, snip_edges = true. Equal to
 * transformers' audio_utils and to models/training/features.py (test/golden/audio/make.py).
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
    // Clear the second frame after an odd last one: data of the previous pair would leak into the
    // spectrum.
    if (both) load(samples, (frame + 1) * shift, recipe, plan, pair[1]);
    if (!both) pair[1].fill(0);
    plan.spectra(pair[0], pair[1]);
    logMel(pair[0], filters, data, frame * bins);
    if (both) logMel(pair[1], filters, data, (frame + 1) * bins);
  }
  return { frames, bins, data };
}

/** Returns the frames where mask [frames] isn't 0, in order. */
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

/** Subtracts each bin's mean over the frames. Returns a new array. */
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

/** Functions of a cosine that runs once around the frame, including both ends. */
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
