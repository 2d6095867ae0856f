import { modelInput } from "../../audio/features/model-input.ts";
import { LONG } from "../../audio/limits.ts";
import type { Features, InputRecipe } from "../../audio/types.ts";

/** 16 kHz mono, 16-bit integers: an hour takes 115 MB. */
export type LongSamples = Int16Array;

const FULL_SCALE = 2 ** 15;
const SHIFT = 160;
const WINDOW = 400;
export const RATE_HZ = 16_000;
/** A resampler may add a little to an hour. */
const MAX_SAMPLES = (LONG.maxSeconds + 1) * RATE_HZ;

export const frameCount = (samples: LongSamples): number =>
  samples.length < WINDOW ? 0 : 1 + Math.floor((samples.length - WINDOW) / SHIFT);

/** A network's input for the frames [from, to) of a long recording, raw. */
export const featuresBetween = (
  samples: LongSamples,
  from: number,
  to: number,
  recipe: InputRecipe,
): Features => modelInput(samplesBetween(samples, from, to), recipe);

/** The samples of the frames [from, to). */
export const samplesBetween = (samples: LongSamples, from: number, to: number): Float32Array =>
  floats(samples.subarray(from * SHIFT, (to - 1) * SHIFT + WINDOW));

/** Full scale at 1, as `readSamples` returns them. */
export const floats = (samples: LongSamples): Float32Array =>
  Float32Array.from(samples, (x) => x / FULL_SCALE);

/**
 * Collects blocks of unknown number, of up to an hour together. Throws what `blocks` throws. The
 * buffer grows in place: copies to larger ones would cost 100 MB at the end of an hour.
 */
export function collected(blocks: Iterable<Float32Array>): LongSamples {
  const buffer = new ArrayBuffer(0, { maxByteLength: MAX_SAMPLES * Int16Array.BYTES_PER_ELEMENT });
  const all = new Int16Array(buffer);
  for (const block of blocks) {
    const start = all.length;
    buffer.resize(buffer.byteLength + block.length * Int16Array.BYTES_PER_ELEMENT);
    for (let i = 0; i < block.length; i++) all[start + i] = (block[i] ?? 0) * FULL_SCALE;
  }
  return all;
}
