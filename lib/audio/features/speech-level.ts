const RATE_HZ = 16_000;
/** Time constant of each of the two smoothing stages, s. */
const SMOOTHING = Math.exp(-1 / (0.03 * RATE_HZ));
/** Speech counts as active for this long after the envelope fell below a threshold, ms. */
const HANGOVER_MS = 200;
/** The envelope changes slowly: it is compared with the thresholds once per millisecond. */
const STEP = 16;
/** What is left of a smoothing stage's value after one step. */
const DECAY = SMOOTHING ** STEP;
/** Weights of the samples of a step in the values of the first and of the second stage after it. */
const FIRST = Float64Array.from({ length: STEP }, (_, i) => (1 - SMOOTHING) * SMOOTHING ** (STEP - 1 - i));
const SECOND = FIRST.map((weight, i) => (1 - SMOOTHING) * (STEP - i) * weight);
/** Weight of the first stage's value in that of the second stage after one step. */
const FIRST_IN_SECOND = (1 - SMOOTHING) * STEP * DECAY;
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

/**
 * Returns the sum of squares, and for each threshold the milliseconds of activity.
 *
 * The envelope is the absolute value through two stages, s += (1 - SMOOTHING) * (x - s). A step
 * adds up what its samples contribute, so that no sample waits for the one before.
 */
function activity(samples: Float32Array): { energy: number; active: number[] } {
  const active = new Int32Array(THRESHOLDS);
  const hangover = new Int32Array(THRESHOLDS).fill(HANGOVER_MS);
  const end = samples.length - (samples.length % STEP);
  let energy = 0;
  let first = 0;
  let second = 0;
  for (let at = 0; at < end; at += STEP) {
    let toFirst = 0;
    let toSecond = 0;
    let squares = 0;
    for (let i = 0; i < STEP; i++) {
      const x = Math.abs(samples[at + i]);
      squares += x * x;
      toFirst += FIRST[i] * x;
      toSecond += SECOND[i] * x;
    }
    energy += squares;
    second = DECAY * second + FIRST_IN_SECOND * first + toSecond;
    first = DECAY * first + toFirst;
    for (let j = 0; j < THRESHOLDS; j++) {
      hangover[j] = second >= LEVELS[j] ? 0 : hangover[j] + 1;
      if (hangover[j] <= HANGOVER_MS) active[j] += 1;
    }
  }
  for (let i = end; i < samples.length; i++) energy += samples[i] ** 2;
  return { energy, active: [...active] };
}
