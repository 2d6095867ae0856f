import type { MelFeatures } from "../types.ts";
import { frameLevels } from "./frame-level.ts";

/** Frames of 10 ms. */
const MIN_BURST = 10;
const MIN_GAP = 20;
const HANGOVER = 5;
/** A stretch of speech extends down to this share of the threshold. */
const HYSTERESIS = 0.7;
/** Frames this far below the clip's speech don't contain the voice. */
const QUIET_DB = 45;

/**
 * Decides which frames are speech.
 *
 * probability  [frames] of speech, 0..1, by the voice-activity network
 * features     raw log-mel of the same frames, for their levels
 * threshold    the network's own, 0..1
 * returns      [frames] 1 for speech, else 0
 *
 * A stretch of speech is above 0.7 x threshold throughout and reaches the threshold somewhere.
 * Stretches under 100 ms are dropped, gaps under 200 ms between the others are closed, and 50 ms
 * are added at each end. Frames of digital silence never count, and neither do frames more than 45
 * dB below the mean power of the frames that reach the threshold. If what is left has a mean
 * probability below the threshold, it is noise that sometimes resembles speech: no frame counts.
 */
export function speechFrames(
  probability: Float32Array,
  features: MelFeatures,
  threshold: number,
): Uint8Array {
  if (probability.length !== features.frames) {
    throw new RangeError(`${probability.length} probabilities for ${features.frames} frames`);
  }
  const audible = audibleFrames(probability, frameLevels(features), threshold);
  const sure = probability.map((p, i) => (audible[i] && p >= threshold ? 1 : 0));
  const maybe = probability.map((p, i) => (audible[i] && p >= HYSTERESIS * threshold ? 1 : 0));
  const mask = new Uint8Array(probability.length);
  let end = Number.NEGATIVE_INFINITY;
  for (const [from, to] of runs(maybe)) {
    if (to - from < MIN_BURST || !sure.subarray(from, to).includes(1)) continue;
    mask.fill(1, from - end < MIN_GAP ? end : Math.max(0, from - HANGOVER), to + HANGOVER);
    end = to;
  }
  const speech = mask.map((m, i) => m & audible[i]);
  return meanOver(speech, probability) < threshold ? new Uint8Array(speech.length) : speech;
}

/** The mean of the frames that the mask selects; not a number if it selects none. */
function meanOver(mask: Uint8Array, values: Float32Array): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < mask.length; i++) {
    if (!mask[i]) continue;
    sum += values[i];
    count += 1;
  }
  return sum / count;
}

/**
 * Widens speech to both sides.
 *
 * mask     [frames] 1 for speech
 * by       frames
 * returns  [frames] 1 for frames at most `by` frames away from speech
 */
export function widen(mask: Uint8Array, by: number): Uint8Array {
  const wide = new Uint8Array(mask.length);
  mask.forEach((one, i) => {
    if (one) wide.fill(1, Math.max(0, i - by), i + by + 1);
  });
  return wide;
}

function audibleFrames(probability: Float32Array, levels: Float32Array, threshold: number): Uint8Array {
  const speech = levels.filter((level, i) => probability[i] >= threshold && level > Number.NEGATIVE_INFINITY);
  const power = speech.reduce((sum, level) => sum + 10 ** (level / 10), 0) / speech.length;
  const least = speech.length > 0 ? 10 * Math.log10(power) - QUIET_DB : Number.POSITIVE_INFINITY;
  return Uint8Array.from(levels, (level) => (level >= least ? 1 : 0));
}

/** Yields stretches of non-zero values as [from, to). */
function* runs(values: Float32Array): Generator<[from: number, to: number]> {
  let from = 0;
  for (let i = 0; i <= values.length; i++) {
    if (i < values.length && values[i]) continue;
    if (i > from) yield [from, i];
    from = i + 1;
  }
}
