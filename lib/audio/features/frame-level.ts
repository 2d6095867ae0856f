import type { FeatureRecipe, MelFeatures } from "../types.ts";
import { FLOOR } from "./log-mel.ts";

/** Room for float32: no bin of an all-zero frame has more power. */
const SILENT = FLOOR * 1.001;
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
export function frameLevels({ frames, bins, power }: MelFeatures): Float32Array {
  const levels = new Float32Array(frames);
  for (let frame = 0, i = 0; frame < frames; frame++) {
    let sum = 0;
    let most = 0;
    for (const end = i + bins; i < end; i++) {
      sum += power[i];
      most = Math.max(most, power[i]);
    }
    levels[frame] = most > SILENT ? DB_PER_NAT * Math.log(sum) : Number.NEGATIVE_INFINITY;
  }
  return levels;
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
export function recordedFrames(features: MelFeatures, { sampleScale }: FeatureRecipe): Uint8Array {
  const floor = LESS_THAN_ROUNDING_DB + 20 * Math.log10(sampleScale / FULL_SCALE_16);
  return Uint8Array.from(frameLevels(features), (level) => (level >= floor ? 1 : 0));
}
