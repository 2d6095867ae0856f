import { type FilterBank, filterBank } from "./filter-bank.ts";

/**
 * Above this rate, decimate by a whole factor first. That is cheap because only 0-8.6 kHz must
 * survive.
 */
const THIN_ABOVE_HZ = 80_000;
const THIN_TO_HZ = 40_000;
/**
 * Edges of the pass band and stop band, relative to the lower Nyquist frequency. Aliases end up
 * above 7.4 of 8 kHz.
 */
const PASS = 0.925;
const STOP = 1.075;

/**
 * Converts the sample rate with a polyphase bank of Kaiser-windowed sincs.
 *
 * samples  [n] at fromHz
 * returns  [ceil(n * toHz / fromHz)] at toHz; sample 0 stays at time 0, with silence around the
 *          clip
 *
 * Works for 8-192 kHz at any ratio. To 16 kHz: flat within 0.01 dB up to 7.4 kHz, 80 dB down from
 * 8.6 kHz. Upward from 8 kHz: images are 80 dB down from 4.3 kHz. Equal rates return the samples
 * themselves.
 */
export function resample(samples: Float32Array, fromHz: number, toHz: number): Float32Array {
  if (fromHz === toHz) return samples;
  const factor = fromHz > THIN_ABOVE_HZ ? Math.floor(fromHz / THIN_TO_HZ) : 1;
  const thinHz = fromHz / factor;
  // This filter only has to remove what would alias into the second stage's passband.
  const keepHz = (STOP * toHz) / 2;
  const thin =
    factor === 1 ? samples : convolve(samples, filterBank(fromHz, thinHz, keepHz, thinHz - keepHz));
  const nyquist = Math.min(thinHz, toHz) / 2;
  const length = Math.ceil((samples.length * toHz) / fromHz);
  return convolve(thin, filterBank(thinHz, toHz, PASS * nyquist, STOP * nyquist), length);
}

/**
 * Output i is at input time i * step. Its phase selects the filter, with linear interpolation
 * between two if needed.
 */
function convolve(input: Float32Array, bank: FilterBank, outputLength?: number): Float32Array {
  const { taps, phases, rows, up, down, interpolate } = bank;
  const length = outputLength ?? Math.ceil((input.length * up) / down);
  const padded = new Float32Array(Math.max(input.length, Math.ceil((length * down) / up)) + 2 * taps);
  padded.set(input, taps / 2 - 1);
  const output = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    const whole = Math.floor((i * down) / up);
    const phase = ((i * down - whole * up) / up) * phases;
    const row = Math.floor(phase + 1e-9);
    const here = dot(padded, whole, rows, row * taps, taps);
    const weight = interpolate ? phase - row : 0;
    output[i] = weight > 0 ? here + weight * (dot(padded, whole, rows, (row + 1) * taps, taps) - here) : here;
  }
  return output;
}

/** Four parallel sums keep the processor's adders busy. taps is a multiple of 4. */
function dot(a: Float32Array, i: number, b: Float32Array, j: number, taps: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let k = 0; k < taps; k += 4) {
    s0 += a[i + k] * b[j + k];
    s1 += a[i + k + 1] * b[j + k + 1];
    s2 += a[i + k + 2] * b[j + k + 2];
    s3 += a[i + k + 3] * b[j + k + 3];
  }
  return s0 + s1 + (s2 + s3);
}
