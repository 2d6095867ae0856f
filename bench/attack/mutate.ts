/** Ways to change a voice without any tool beyond a sound editor. Samples are 16 kHz mono. */

const MOST_SAMPLES = 12 * 16000;
/** Changes pitch and formants by up to these factors. */
const SPEEDS = [0.9, 0.95, 1.05, 1.1];
/** Coefficients of a first-order filter that raises or lowers high frequencies. */
const TILTS = [-0.5, -0.25, 0.25, 0.5];
const WEIGHTS = [0.3, 0.5, 0.7];

/**
 * Changes the best clip at random: joins or mixes it with another good one, plays it faster or
 * slower, or filters it.
 */
export function mutated(
  best: Float32Array,
  others: readonly Float32Array[],
  draw: () => number,
): Float32Array {
  const one = <T>(items: readonly T[]): T => items[Math.floor(draw() * items.length)];
  const other = others.length > 0 ? one(others) : best;
  const ways = [
    () => joined(best, other),
    () => mixed(best, other, one(WEIGHTS)),
    () => faster(best, one(SPEEDS)),
    () => tilted(best, one(TILTS)),
  ];
  return limited(one(ways)().subarray(0, MOST_SAMPLES));
}

function joined(a: Float32Array, b: Float32Array): Float32Array {
  const whole = new Float32Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}

const mixed = (a: Float32Array, b: Float32Array, weight: number): Float32Array =>
  a.map((x, i) => weight * x + (1 - weight) * (b[i % b.length] ?? 0));

/** Plays the samples faster by linear interpolation, as a tape does. */
function faster(samples: Float32Array, speed: number): Float32Array {
  return Float32Array.from({ length: Math.floor((samples.length - 1) / speed) }, (_, i) => {
    const at = i * speed;
    const from = Math.floor(at);
    return samples[from] + (at - from) * (samples[from + 1] - samples[from]);
  });
}

const tilted = (samples: Float32Array, by: number): Float32Array =>
  samples.map((x, i) => x + by * (samples[i - 1] ?? 0));

function limited(samples: Float32Array): Float32Array {
  const peak = samples.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return peak > 0.95 ? samples.map((x) => (x * 0.95) / peak) : samples;
}
