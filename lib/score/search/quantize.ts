import type { UnitVector } from "../scoring/vector.ts";

/** A voiceprint in int8. `scale * codes[i]` is within `scale / 2` of component i. */
export type QuantizedVoice = {
  /** [D] from -127 to 127 */
  codes: Int8Array;
  /** A float32 above 0. */
  scale: number;
  /** The Euclidean length of the vector minus `scale * codes`, rounded up to a float32. */
  error: number;
};

const MOST_CODE = 127;
/**
 * A dot product of int8 codes and these stays below 2^31 for 2,064 dimensions: the kernel adds in
 * int32.
 */
const MOST_PROBE_CODE = 8191;
export const MOST_DIMENSIONS = 2048;

/**
 * Quantizes a unit vector linearly, with the largest component as the full range. For 192
 * dimensions the error is about 0.008. The same vector gives the same numbers on every machine.
 *
 * Throws RangeError for more than 2,048 dimensions.
 */
export function quantize(voice: UnitVector): QuantizedVoice {
  if (voice.length > MOST_DIMENSIONS) throw new RangeError(`${voice.length} dimensions`);
  const scale = Math.fround(largest(voice) / MOST_CODE);
  const codes = Int8Array.from(voice, (x) => clamp(Math.round(x / scale), MOST_CODE));
  return { codes, scale, error: roundUp(distance(voice, codes, scale)) };
}

/**
 * Quantizes the probe of a search to 14 bits, so that almost all of a score's error is that of the
 * rows. unit: a float32. error: as for a voiceprint, about 0.0001
 */
export function quantizeProbe(probe: UnitVector): { codes: Int16Array; unit: number; error: number } {
  if (probe.length > MOST_DIMENSIONS) throw new RangeError(`${probe.length} dimensions`);
  const unit = Math.fround(largest(probe) / MOST_PROBE_CODE);
  const codes = Int16Array.from(probe, (x) => clamp(Math.round(x / unit), MOST_PROBE_CODE));
  return { codes, unit, error: roundUp(distance(probe, codes, unit)) };
}

/** Returns a float32 that isn't below `value`, and at most two steps above. value: 0 or more */
export function roundUp(value: number): number {
  const rounded = Math.fround(value);
  return rounded >= value ? rounded : Math.fround(rounded * (1 + 2 ** -23) + 2 ** -149);
}

function largest(vector: Float32Array): number {
  let most = 0;
  for (const x of vector) most = Math.max(most, Math.abs(x));
  return most;
}

const clamp = (x: number, most: number): number => Math.max(-most, Math.min(most, x));

function distance(vector: Float32Array, codes: Int8Array | Int16Array, scale: number): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += (vector[i] - scale * codes[i]) ** 2;
  return Math.sqrt(sum);
}
