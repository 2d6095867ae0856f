const RATE_HZ = 16_000;
/** Time constant of each of the two smoothing stages, s. */
const SMOOTHING = Math.exp(-1 / (0.03 * RATE_HZ));
/** Speech counts as active for this long after the envelope fell below a threshold, ms. */
const HANGOVER_MS = 200;
/** The envelope changes slowly: it is compared with the thresholds once per millisecond. */
const STEP = 16;
/** The active level is this far above the threshold that defines activity, dB. */
const MARGIN_DB = 15.9;
/** Thresholds are powers of two from 2^-20, a 32nd of a 16-bit step, to 1/2. */
const LOWEST = -20;
const THRESHOLDS = 20;
const LEVELS = Float64Array.from({ length: THRESHOLDS }, (_, i) => 2 ** (LOWEST + i));

/**
 * Returns the active speech level in dB relative to full scale: the power of a constant signal at 1
 * is 0 dB. Pauses don't lower it. Undefined if no sample differs from zero.
 *
 * samples  16 kHz mono, in [-1, 1]
 *
 * Source: ITU-T P.56, method B. For each threshold the method finds the time during which the
 * envelope is above it, and the power over that time. The active level is the power for which the
 * threshold is 15.9 dB lower, interpolated between two thresholds.
 */
export function activeSpeechLevel(samples: Float32Array): number | undefined {
  const { energy, active } = activity(samples);
  if (energy === 0) return undefined;
  const levels = active.map((count) => 10 * Math.log10(energy / (count * STEP)));
  const above = (i: number) => levels[i] - thresholdDb(i) - MARGIN_DB;
  // The distance above the threshold falls from one threshold to the next.
  const next = levels.findIndex((_, i) => active[i] > 0 && above(i) <= 0);
  if (next < 0) return levels.findLast((_, i) => active[i] > 0) ?? 10 * Math.log10(energy / samples.length);
  if (next === 0) return levels[0];
  const share = above(next - 1) / (above(next - 1) - above(next));
  return levels[next - 1] + share * (levels[next] - levels[next - 1]);
}

const thresholdDb = (i: number): number => 20 * Math.log10(2) * (LOWEST + i);

/** Returns the sum of squares, and for each threshold the milliseconds of activity. */
function activity(samples: Float32Array): { energy: number; active: number[] } {
  const active = new Int32Array(THRESHOLDS);
  const hangover = new Int32Array(THRESHOLDS).fill(HANGOVER_MS);
  let energy = 0;
  let first = 0;
  let second = 0;
  for (let i = 0; i < samples.length; i++) {
    const x = Math.abs(samples[i]);
    energy += x * x;
    first += (1 - SMOOTHING) * (x - first);
    second += (1 - SMOOTHING) * (first - second);
    if (i % STEP !== STEP - 1) continue;
    for (let j = 0; j < THRESHOLDS; j++) {
      hangover[j] = second >= LEVELS[j] ? 0 : hangover[j] + 1;
      if (hangover[j] <= HANGOVER_MS) active[j] += 1;
    }
  }
  return { energy, active: [...active] };
}
