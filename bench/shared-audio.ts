/** The correlation is computed at 4 kHz, over windows of 0.4 s. */
const THIN = 4;
const WINDOW = 1600;
/** Mean square of a window with speech. */
const LEAST_POWER = 1e-4;
/** Copies coded with Opus have 0.99. Two takes of one sentence had at most 0.63. */
const SAME = 0.9;

/**
 * Whether two clips (16 kHz) contain a piece of one recording, by the highest correlation of their
 * waveforms. Some lists have joined the same word into several clips.
 */
export function sharesAudio(a: Float32Array, b: Float32Array): boolean {
  const [x, y] = [thinned(a), thinned(b)];
  for (let from = 0; from + WINDOW < x.length; from += WINDOW / 2) {
    const piece = x.subarray(from, from + WINDOW);
    const power = dot(piece, piece);
    if (power < WINDOW * LEAST_POWER) continue;
    for (let at = 0; at + WINDOW < y.length; at++) {
      const other = y.subarray(at, at + WINDOW);
      if (Math.abs(dot(piece, other)) > SAME * Math.sqrt(power * dot(other, other))) return true;
    }
  }
  return false;
}

const thinned = (samples: Float32Array): Float32Array =>
  Float32Array.from({ length: Math.floor(samples.length / THIN) }, (_, i) => {
    return samples.subarray(i * THIN, (i + 1) * THIN).reduce((sum, x) => sum + x / THIN, 0);
  });

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
