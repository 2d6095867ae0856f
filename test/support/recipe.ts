import type { FeatureRecipe } from "../../lib/audio/types.ts";

/** A model's features, for models that only tests have. */
export const RECIPE: FeatureRecipe = {
  sampleRateHz: 16000,
  windowMs: 25,
  shiftMs: 10,
  melBins: 80,
  lowHz: 20,
  highHz: 7600,
  window: "povey",
  preemphasis: 0.97,
  removeDcOffset: true,
  sampleScale: 32768,
  normalize: "mean",
};
