import type { FeatureRecipe, Features } from "../types.ts";

/**
 * Natural log of Kaldi's lower limit, plus room for float32: no bin of an all-zero frame exceeds
 * it.
 */
const SILENT = Math.log(1.1920929e-7) + 1e-3;
const DB_PER_NAT = 10 / Math.LN10;
/**
 * Rounding to 16 bits alone gives 38 dB at 16-bit scale, give or take 1: white noise of a third of
 * a step.
 */
const LESS_THAN_ROUNDING_DB = 33;
const FULL_SCALE_16 = 32_768;

/**
 * Returns the level of each frame.
 *
 * features  log-mel, raw
 * returns   [frames] dB of the power summed over the bins, on the features' own scale; -Infinity
 *           for a frame of digital silence or of a constant, in which every bin is at the lower
 *           limit
 */
export function frameLevels({ frames, bins, data }: Features): Float32Array {
  return Float32Array.from({ length: frames }, (_, frame) => {
    let power = 0;
    let silent = true;
    for (let i = frame * bins; i < (frame + 1) * bins; i++) {
      power += Math.exp(data[i]);
      if (data[i] > SILENT) silent = false;
    }
    return silent ? Number.NEGATIVE_INFINITY : DB_PER_NAT * Math.log(power);
  });
}

/**
 * Returns [frames] 1 for frames with at least the noise of rounding to 16 bits, and 0 for digital
 * silence: muted stretches, idle codes of a phone line, an isolated last bit.
 *
 * No network here was trained on digital silence. A few such frames, 20 nats below all others,
 * dominate an embedding and make it the same for every speaker.
 *
 * features  log-mel by `recipe`, raw
 */
export function recordedFrames(features: Features, { sampleScale }: FeatureRecipe): Uint8Array {
  const floor = LESS_THAN_ROUNDING_DB + 20 * Math.log10(sampleScale / FULL_SCALE_16);
  return Uint8Array.from(frameLevels(features), (level) => (level >= floor ? 1 : 0));
}
