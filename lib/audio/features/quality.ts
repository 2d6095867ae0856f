import type { Bandwidth, Features, Quality } from "../types.ts";

const RATE_HZ = 16_000;
/** Frames of the features, in samples: 25 ms every 10 ms. */
const SHIFT = 160;
const WINDOW = 400;
const FULL_SCALE = 0.999;
/** Frames, 100 ms: with fewer the background can't be measured. */
const MIN_BACKGROUND = 10;
const MAX_SNR_DB = 60;
/**
 * A clip counts as telephone if its upper bins are further below its voice band than this, in dB.
 * Measured on real clips coded with Opus: -51 to -36 dB for 95 % of 52 telephone clips (Hyke), at
 * least -15 dB for 171 wide-band ones.
 */
const TELEPHONE_DB = 27;

/**
 * Measures a recording.
 *
 * samples   16 kHz mono
 * mask      [frames] of speechFrames
 * features  raw log-mel of the same frames, from about 20 Hz to 7.6 or 8 kHz
 *
 * snrDb is the mean power of the speech frames over the median power of the others, at most 60
 * because digital silence has no noise. It is undefined without speech or with less than 100 ms of
 * background. The median ignores the onset of a word that the detector missed. clippedFraction is
 * the share of samples at full scale in runs of two or more.
 */
export function quality(
  samples: Float32Array,
  mask: Uint8Array,
  sourceRateHz: number,
  features: Features,
): Quality {
  if (mask.length !== features.frames)
    throw new RangeError(`mask of ${mask.length} for ${features.frames} frames`);
  const speechFrames = mask.reduce((count, m) => count + m, 0);
  return {
    totalSeconds: samples.length / RATE_HZ,
    speechSeconds: (speechFrames * SHIFT) / RATE_HZ,
    snrDb: snr(samples, mask),
    clippedFraction: clipped(samples),
    bandwidth: bandwidth(features, mask, sourceRateHz),
  };
}

function snr(samples: Float32Array, mask: Uint8Array): number | undefined {
  const speech: number[] = [];
  const background: number[] = [];
  for (let frame = 0; frame < mask.length; frame++) {
    (mask[frame] ? speech : background).push(power(samples, frame * SHIFT + (WINDOW - SHIFT) / 2));
  }
  if (speech.length === 0 || background.length < MIN_BACKGROUND) return undefined;
  const level = speech.reduce((sum, p) => sum + p, 0) / speech.length;
  const noise = background.sort((a, b) => a - b)[background.length >> 1];
  return Math.min(MAX_SNR_DB, 10 * Math.log10(level / Math.max(noise, level * 1e-9)));
}

/**
 * Returns the variance over the middle 10 ms of a frame, so that a sound card's DC offset doesn't
 * count.
 */
function power(samples: Float32Array, at: number): number {
  let sum = 0;
  let squares = 0;
  for (let i = at; i < at + SHIFT; i++) {
    sum += samples[i];
    squares += samples[i] ** 2;
  }
  return Math.max(0, squares / SHIFT - (sum / SHIFT) ** 2);
}

function clipped(samples: Float32Array): number {
  let count = 0;
  let run = 0;
  for (const x of samples) {
    run = Math.abs(x) >= FULL_SCALE ? run + 1 : 0;
    if (run >= 2) count += run === 2 ? 2 : 1;
  }
  return samples.length === 0 ? 0 : count / samples.length;
}

/** Returns "wide" if there is no speech. */
function bandwidth({ frames, bins, data }: Features, mask: Uint8Array, sourceRateHz: number): Bandwidth {
  if (sourceRateHz <= 8_000) return "telephone";
  // On a mel scale from 20 Hz to 7.6 kHz the upper fifth of the bins is above 4.3 kHz, and the bins
  // from 0.35 to 0.75 are between 1 and 3.7 kHz.
  const upper = Math.ceil(0.8 * bins);
  const [from, to] = [Math.ceil(0.35 * bins), Math.floor(0.75 * bins)];
  let high = 0;
  let voice = 0;
  for (let frame = 0; frame < frames; frame++) {
    if (!mask[frame]) continue;
    const row = data.subarray(frame * bins, (frame + 1) * bins);
    for (let bin = from; bin < to; bin++) voice += Math.exp(row[bin]) / (to - from);
    for (let bin = upper; bin < bins; bin++) high += Math.exp(row[bin]) / (bins - upper);
  }
  return voice > 0 && 10 * Math.log10(high / voice) < -TELEPHONE_DB ? "telephone" : "wide";
}
