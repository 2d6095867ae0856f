/** How loud each frame is. */
import type { FeatureRecipe, Features } from "../types.ts";

/** Natural log of Kaldi's floor, plus room for float32: no bin of a frame of zeros is above it. */
const SILENT = Math.log(1.1920929e-7) + 1e-3;
const DB_PER_NAT = 10 / Math.LN10;
/** Rounding to 16 bits alone gives 38 dB at 16-bit scale, give or take 1 (white noise of a third of a step). */
const LESS_THAN_ROUNDING_DB = 33;
const FULL_SCALE_16 = 32_768;

/**
 * features  log-mel, raw
 * returns   [frames] dB of the power summed over the bins, on the features' own scale; -Infinity for a frame of digital
 *           silence (or a constant), whose bins all lie on the floor
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
 * [frames] 1 where there is at least the noise that rounding to 16 bits leaves, 0 in digital silence: muted stretches, idle
 * codes of a line, an isolated last bit. No network here heard those in training; a few frames of them, 20 nats below
 * everything else, decide an embedding alone, and then it is the same whoever speaks.
 *
 * features  log-mel by `recipe`, raw
 */
export function recordedFrames(features: Features, { sampleScale }: FeatureRecipe): Uint8Array {
  const floor = LESS_THAN_ROUNDING_DB + 20 * Math.log10(sampleScale / FULL_SCALE_16);
  return Uint8Array.from(frameLevels(features), (level) => (level >= floor ? 1 : 0));
}
