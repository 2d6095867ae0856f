import type { FeatureRecipe, Fingerprint, MelFeatures } from "../types.ts";

/** What a fingerprint is computed from, whatever the networks' features are. */
export const FINGERPRINT_RECIPE: FeatureRecipe = {
  sampleRateHz: 16_000,
  windowMs: 25,
  shiftMs: 10,
  melBins: 80,
  lowHz: 20,
  highHz: 7600,
  window: "povey",
  preemphasis: 0.97,
  removeDcOffset: true,
  sampleScale: 32_768,
  normalize: "none",
};

/** 17 overlapping bands from 0.3 to 2.3 kHz, which every telephone line and codec transmits. */
const BANDS = 17;
const FIRST_BIN = 11;
const BAND_STEP = 2;
const BAND_BINS = 3;
/** Frames that a band's power is averaged over, and from one average to the next. */
const SPAN = 4;
/** Power of a frame far below the rounding to 16 bits. Digital silence then has equal bands. */
const LEAST_POWER = 1e-3;
/** A smaller difference, in nepers of power, changes its sign when noise is added. */
const SURE = 0.5;

/** One of four frames is stored: two bytes for every 40 ms. */
export const STORED_STEP = 4;
/** 20 s. */
const MOST_STORED = 500;
export const MOST_STORED_BYTES = 1 + 2 * MOST_STORED;
/** First byte of a stored fingerprint. A fingerprint of another version is never compared. */
const VERSION = 1;

/**
 * Computes the audio fingerprint of a recording.
 *
 * features  raw log-mel by FINGERPRINT_RECIPE
 * mask      [frames] of speechFrames
 * returns   one code of 16 bits per frame; frames before the first and after the last speech are
 *           left out, and no bit of a frame without speech is sure
 *
 * A bit is the sign of the change, over 40 ms, of the level difference of two neighboring bands. A
 * gain or a filter doesn't change these signs, and codecs and noise change few of them. Source:
 * Haitsma and Kalker 2002, "A highly robust audio fingerprinting system", ISMIR, section 4.2, with
 * shorter frames: they use 370 ms, which two takes of one sentence share.
 */
export function fingerprint(features: MelFeatures, mask: Uint8Array): Fingerprint {
  const levels = bandLevels(features);
  const count = Math.max(0, features.frames - 2 * SPAN + 1);
  const spoken = mask.subarray(SPAN, SPAN + count);
  const first = Math.max(0, spoken.indexOf(1));
  const length = spoken.lastIndexOf(1) + 1 - first;
  const bits = new Uint16Array(length);
  const sure = new Uint16Array(length);
  for (let i = 0; i < length; i++) {
    const before = (first + i) * BANDS;
    const after = before + SPAN * BANDS;
    for (let band = 0; band < BANDS - 1; band++) {
      const change =
        levels[after + band] - levels[after + band + 1] - levels[before + band] + levels[before + band + 1];
      if (change > 0) bits[i] |= 1 << band;
      if (Math.abs(change) > SURE && spoken[first + i]) sure[i] |= 1 << band;
    }
  }
  return { bits, sure };
}

/** [frames][BANDS] natural log of each band's power, averaged over SPAN frames from this one on. */
function bandLevels({ frames, bins, power }: MelFeatures): Float64Array {
  const powers = new Float64Array((frames + SPAN) * BANDS);
  for (let frame = 0; frame < frames; frame++)
    for (let band = 0; band < BANDS; band++) {
      const from = frame * bins + FIRST_BIN + band * BAND_STEP;
      for (let bin = from; bin < from + BAND_BINS; bin++) powers[frame * BANDS + band] += power[bin];
    }
  const levels = new Float64Array(frames * BANDS);
  for (let i = 0; i < levels.length; i++) {
    let sum = 0;
    for (let later = 0; later < SPAN; later++) sum += powers[i + later * BANDS];
    levels[i] = Math.log(Math.max(sum, LEAST_POWER));
  }
  return levels;
}

/** The form in which a fingerprint is kept: 50 bytes per second of the first 20 s, and one. */
export function storedFingerprint({ bits }: Fingerprint): Uint8Array {
  const kept = bits.filter((_, frame) => frame % STORED_STEP === 0).subarray(0, MOST_STORED);
  const stored = new Uint8Array(1 + 2 * kept.length);
  const view = new DataView(stored.buffer);
  view.setUint8(0, VERSION);
  kept.forEach((code, i) => {
    view.setUint16(1 + 2 * i, code, true);
  });
  return stored;
}

/** The codes of a stored fingerprint, one for every 40 ms; none if it has another version. */
export function storedCodes(stored: Uint8Array): Uint16Array {
  if (stored[0] !== VERSION) return new Uint16Array(0);
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  const length = (stored.byteLength - 1) >> 1;
  return Uint16Array.from({ length }, (_, i) => view.getUint16(1 + 2 * i, true));
}
