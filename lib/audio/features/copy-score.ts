import type { Fingerprint } from "../types.ts";
import { STORED_STEP, storedCodes } from "./fingerprint.ts";

/**
 * From this score on, two recordings count as copies of one recording. Chosen on the training
 * speech, where 5 of 14,706 pairs of one actor's takes of a few sentences reached it
 * (docs/experiments.md).
 */
const COPY_SCORE = 8;
/** Fewer sure bits, about half a second of speech, say nothing. */
const LEAST_BITS = 100;
/** Frames of a probe that are compared: 30 s. */
const MOST_FRAMES = 3000;
/**
 * Every alignment is scored on a quarter of the codes first. A copy at COPY_SCORE then has half of
 * it, with a deviation of 1.
 */
const COARSE_STEP = 4;
const COARSE_SCORE = 1.5;

const BIT_COUNTS = new Uint8Array(65_536);
for (let code = 1; code < BIT_COUNTS.length; code++) BIT_COUNTS[code] = BIT_COUNTS[code >> 1] + (code & 1);

/** Whether the probe contains a part of the recording with this stored fingerprint. */
export const isCopy = (stored: Uint8Array, probe: Fingerprint): boolean =>
  copyScore(stored, probe) >= COPY_SCORE;

/**
 * Scores how unlikely the agreement of two fingerprints is by chance, at their best alignment.
 *
 * stored   of storedFingerprint
 * probe    of fingerprint; only its first 30 s are compared
 * returns  (n - 2e) / sqrt(n), where e of the n sure bits of the probe differ: a standard normal
 *          value for independent bits. 0 if no alignment has 100 sure bits
 */
export function copyScore(stored: Uint8Array, probe: Fingerprint): number {
  const codes = storedCodes(stored);
  const frames = Math.min(probe.bits.length, MOST_FRAMES);
  let best = 0;
  for (let shift = -(codes.length - 1) * STORED_STEP; shift < frames; shift++) {
    if (agreement(codes, probe, frames, shift, COARSE_STEP) < COARSE_SCORE) continue;
    best = Math.max(best, agreement(codes, probe, frames, shift, 1));
  }
  return best;
}

/** shift: the probe's frame at the first code. step: compares only every so many codes. */
function agreement(
  codes: Uint16Array,
  { bits, sure }: Fingerprint,
  frames: number,
  shift: number,
  step: number,
): number {
  const first = Math.max(0, Math.ceil(-shift / STORED_STEP));
  const end = Math.min(codes.length, Math.ceil((frames - shift) / STORED_STEP));
  let compared = 0;
  let differ = 0;
  for (let i = first; i < end; i += step) {
    const frame = shift + i * STORED_STEP;
    differ += BIT_COUNTS[(codes[i] ^ bits[frame]) & sure[frame]];
    compared += BIT_COUNTS[sure[frame]];
  }
  return compared * step < LEAST_BITS ? 0 : (compared - 2 * differ) / Math.sqrt(compared);
}
