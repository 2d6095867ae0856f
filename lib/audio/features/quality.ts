import type { Bandwidth, MelFeatures, Quality } from "../types.ts";
import { frameLevels } from "./frame-level.ts";
import { activeSpeechLevel } from "./speech-level.ts";
import { widen } from "./vad.ts";

const RATE_HZ = 16_000;
/** Frames of the features, in samples: 25 ms every 10 ms. */
const SHIFT = 160;
const WINDOW = 400;
const FULL_SCALE = 0.999;
/** Frames, 100 ms: with fewer the background can't be measured. */
const MIN_BACKGROUND = 10;
/** Frames: the background of speech is at most 0.5 s away from it. */
const NEAR = 50;
/** Share of the background's frames that are quieter than its level. */
const BACKGROUND_SHARE = 0.3;
/** Share of the speech frames that are quieter than what the background can at most have. */
const QUIETEST_SPEECH = 0.05;
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
 * levelDb is the active level of the speech frames (activeSpeechLevel).
 *
 * snrDb is the mean power of the speech frames over the power of their background: of the other
 * frames within 0.5 s, the level that 30 % are below. Music that ends before the speech therefore
 * isn't noise. The background is part of the speech frames too, so it is never louder than the
 * quietest 5 % of them. Digital silence has no background. snrDb is undefined without speech, or
 * with less than 100 ms of background, and at most 60.
 *
 * clippedFraction is the share of samples at full scale in runs of two or more.
 */
export function quality(
  samples: Float32Array,
  mask: Uint8Array,
  sourceRateHz: number,
  features: MelFeatures,
): Quality {
  if (mask.length !== features.frames)
    throw new RangeError(`mask of ${mask.length} for ${features.frames} frames`);
  const speechFrames = mask.reduce((count, m) => count + m, 0);
  return {
    totalSeconds: samples.length / RATE_HZ,
    speechSeconds: (speechFrames * SHIFT) / RATE_HZ,
    levelDb: toHundredths(activeSpeechLevel(speechSamples(samples, mask))),
    snrDb: snr(samples, mask, frameLevels(features)),
    clippedFraction: clipped(samples),
    bandwidth: bandwidth(features, mask, sourceRateHz),
  };
}

const toHundredths = (db: number | undefined): number | undefined =>
  db === undefined ? undefined : Math.round(db * 100) / 100;

/** The sample at which the middle 10 ms of a frame start. */
const middleOf = (frame: number): number => frame * SHIFT + (WINDOW - SHIFT) / 2;

/** Returns the samples in the middle of the speech frames, joined. */
function speechSamples(samples: Float32Array, mask: Uint8Array): Float32Array {
  const speech = new Float32Array(mask.reduce((count, m) => count + m, 0) * SHIFT);
  let to = 0;
  for (let frame = 0; frame < mask.length; frame++) {
    if (!mask[frame]) continue;
    speech.set(samples.subarray(middleOf(frame), middleOf(frame) + SHIFT), to);
    to += SHIFT;
  }
  return speech;
}

function snr(samples: Float32Array, mask: Uint8Array, levels: Float32Array): number | undefined {
  const near = widen(mask, NEAR);
  const speech: number[] = [];
  const background: number[] = [];
  for (let frame = 0; frame < mask.length; frame++) {
    if (!near[frame] || levels[frame] === Number.NEGATIVE_INFINITY) continue;
    (mask[frame] ? speech : background).push(power(samples, middleOf(frame)));
  }
  if (speech.length === 0 || background.length < MIN_BACKGROUND) return undefined;
  const level = speech.reduce((sum, p) => sum + p, 0) / speech.length;
  const noise = Math.min(quantile(background, BACKGROUND_SHARE), quantile(speech, QUIETEST_SPEECH));
  return Math.min(MAX_SNR_DB, 10 * Math.log10(level / Math.max(noise, level * 1e-9)));
}

/** Returns the value that `share` of the values are below. Sorts in place. */
const quantile = (values: number[], share: number): number =>
  values.sort((a, b) => a - b)[Math.floor(share * values.length)];

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
  for (let i = 0; i < samples.length; i++) {
    run = Math.abs(samples[i]) >= FULL_SCALE ? run + 1 : 0;
    if (run >= 2) count += run === 2 ? 2 : 1;
  }
  return samples.length === 0 ? 0 : count / samples.length;
}

/** Returns "wide" if there is no speech. */
function bandwidth({ frames, bins, power }: MelFeatures, mask: Uint8Array, sourceRateHz: number): Bandwidth {
  if (sourceRateHz <= 8_000) return "telephone";
  // On a mel scale from 20 Hz to 7.6 kHz the upper fifth of the bins is above 4.3 kHz, and the bins
  // from 0.35 to 0.75 are between 1 and 3.7 kHz.
  const upper = Math.ceil(0.8 * bins);
  const [from, to] = [Math.ceil(0.35 * bins), Math.floor(0.75 * bins)];
  let high = 0;
  let voice = 0;
  for (let frame = 0; frame < frames; frame++) {
    if (!mask[frame]) continue;
    const row = frame * bins;
    for (let bin = from; bin < to; bin++) voice += power[row + bin] / (to - from);
    for (let bin = upper; bin < bins; bin++) high += power[row + bin] / (bins - upper);
  }
  return voice > 0 && 10 * Math.log10(high / voice) < -TELEPHONE_DB ? "telephone" : "wide";
}
