import { fbank } from "../../audio/features/fbank.ts";
import type { FeatureRecipe, Features } from "../../audio/types.ts";

/** 16 kHz mono, 16-bit integers: an hour takes 115 MB. */
export type LongSamples = Int16Array;

const FULL_SCALE = 2 ** 15;
const SHIFT = 160;
const WINDOW = 400;
export const RATE_HZ = 16_000;

export const frameCount = (samples: LongSamples): number =>
  samples.length < WINDOW ? 0 : 1 + Math.floor((samples.length - WINDOW) / SHIFT);

/** Features of the frames [from, to) of a long recording, raw. */
export const featuresBetween = (
  samples: LongSamples,
  from: number,
  to: number,
  recipe: FeatureRecipe,
): Features => fbank(floats(samples.subarray(from * SHIFT, (to - 1) * SHIFT + WINDOW)), recipe);

/** Full scale at 1, as `readSamples` returns them. */
export const floats = (samples: LongSamples): Float32Array =>
  Float32Array.from(samples, (x) => x / FULL_SCALE);

/** Collects blocks of unknown number. Throws what `blocks` throws. */
export function collected(blocks: Iterable<Float32Array>): LongSamples {
  let all = new Int16Array(RATE_HZ * 60);
  let length = 0;
  for (const block of blocks) {
    if (length + block.length > all.length) {
      const more = new Int16Array(Math.max(2 * all.length, length + block.length));
      more.set(all);
      all = more;
    }
    for (let i = 0; i < block.length; i++) all[length + i] = (block[i] ?? 0) * FULL_SCALE;
    length += block.length;
  }
  return all.subarray(0, length);
}
