import type { FeatureRecipe, Features, InputRecipe, WaveformRecipe } from "../types.ts";
import { fbank } from "./fbank.ts";

const FRAME = { windowMs: 25, shiftMs: 10 };

export const isWaveform = (recipe: InputRecipe): recipe is WaveformRecipe => "kind" in recipe;

/** Whether a network takes features minus their mean over the frames. */
export const subtractsMean = (recipe: InputRecipe): boolean =>
  !isWaveform(recipe) && recipe.normalize === "mean";

/** The frames that the features are in, ms. */
export const frameGrid = (recipe: InputRecipe): Pick<FeatureRecipe, "shiftMs" | "windowMs"> =>
  isWaveform(recipe) ? FRAME : recipe;

/** Values of a frame. */
export const inputBins = (recipe: InputRecipe): number =>
  isWaveform(recipe) ? (recipe.sampleRateHz * FRAME.shiftMs) / 1000 : recipe.melBins;

/**
 * Returns a speaker network's input before `normalize`: log-mel features, or the samples in frames.
 * Frames of samples are cut and joined like frames of features, so that one mask of speech serves
 * both.
 *
 * samples  [n] in [-1, 1] at recipe.sampleRateHz
 * returns  as many frames as `fbank`. Of samples, a frame has the 10 ms in the middle of its
 *          window, times recipe.sampleScale
 */
export function modelInput(samples: Float32Array, recipe: InputRecipe): Features {
  if (!isWaveform(recipe)) return fbank(samples, recipe);
  const [window, bins] = [(recipe.sampleRateHz * FRAME.windowMs) / 1000, inputBins(recipe)];
  const frames = samples.length < window ? 0 : 1 + Math.floor((samples.length - window) / bins);
  const first = (window - bins) / 2;
  const data = samples.slice(first, first + frames * bins);
  return { frames, bins, data: data.map((x) => x * recipe.sampleScale) };
}
