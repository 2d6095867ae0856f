/** The input of the GE2E encoder (Resemblyzer): power mel frames of a waveform, in windows. */

const RATE_HZ = 16_000;
const N_FFT = 400;
const HOP = 160;
const BANDS = 40;
const MIN_DBFS = -30;
export const WINDOW_FRAMES = 160;
/** 1.3 windows per second, in frames. */
const STEP_FRAMES = Math.round(RATE_HZ / 1.3 / HOP);
const MIN_COVERAGE = 0.75;

/**
 * Maps 16 kHz mono samples in [-1, 1] to windows of [160][40], at least one. The last may end in
 * zeros.
 */
export function ge2eWindows(samples: Float32Array): Float32Array[] {
  const starts = windowStarts(samples.length);
  const last = starts[starts.length - 1];
  const padded = new Float32Array(Math.max(samples.length, (last + WINDOW_FRAMES) * HOP));
  padded.set(loudEnough(samples));
  const frames = powerMel(padded);
  return starts.map((start) => frames.slice(start * BANDS, (start + WINDOW_FRAMES) * BANDS));
}

function windowStarts(length: number): number[] {
  const frames = Math.ceil((length + 1) / HOP);
  const end = Math.max(1, frames - WINDOW_FRAMES + STEP_FRAMES + 1);
  const starts = Array.from({ length: Math.ceil(end / STEP_FRAMES) }, (_, i) => i * STEP_FRAMES);
  const coverage = (length - starts[starts.length - 1] * HOP) / (WINDOW_FRAMES * HOP);
  return coverage < MIN_COVERAGE && starts.length > 1 ? starts.slice(0, -1) : starts;
}

function loudEnough(samples: Float32Array): Float32Array {
  const rms = Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
  const gain = rms > 0 ? 10 ** (MIN_DBFS / 20) / rms : 1;
  return gain > 1 ? samples.map((x) => x * gain) : samples;
}

/**
 * Returns [1 + length / 160][40] centered frames, with zeros beyond both ends. The transform is a
 * plain sum, because 400 is not a power of two.
 */
function powerMel(samples: Float32Array): Float32Array {
  const frames = 1 + Math.floor(samples.length / HOP);
  const out = new Float32Array(frames * BANDS);
  const half = N_FFT / 2;
  const [even, odd] = [new Float64Array(half + 1), new Float64Array(half + 1)];
  const at = (i: number) => (i >= 0 && i < samples.length ? samples[i] : 0);
  for (let frame = 0; frame < frames; frame++) {
    const start = frame * HOP - half;
    // cos is even and sin is odd about the middle, so half of the products are enough.
    for (let n = 0; n <= half; n++) {
      const [a, b] = [at(start + n) * HANN[n], n % half === 0 ? 0 : at(start + N_FFT - n) * HANN[n]];
      even[n] = a + b;
      odd[n] = a - b;
    }
    for (let k = 0; k <= half; k++) {
      let re = 0;
      let im = 0;
      for (let n = 0, turn = 0; n <= half; n++, turn = (turn + k) % N_FFT) {
        re += even[n] * COS[turn];
        im += odd[n] * SIN[turn];
      }
      const power = re * re + im * im;
      for (const { band, weight } of FILTERS[k]) out[frame * BANDS + band] += weight * power;
    }
  }
  return out;
}

const turns = (of: (x: number) => number) =>
  Float64Array.from({ length: N_FFT }, (_, i) => of((2 * Math.PI * i) / N_FFT));
const COS = turns(Math.cos);
const SIN = turns(Math.sin);
const HANN = COS.map((c) => 0.5 - 0.5 * c);

/**
 * Mel filters by FFT bin: Slaney's scale (linear up to 1 kHz, then logarithmic) and area-normalized
 * triangles, as in librosa.
 */
const FILTERS = (() => {
  const toMel = (hz: number) =>
    hz < 1000 ? (3 * hz) / 200 : 15 + (27 * Math.log(hz / 1000)) / Math.log(6.4);
  const toHz = (mel: number) =>
    mel < 15 ? (200 * mel) / 3 : 1000 * Math.exp((Math.log(6.4) * (mel - 15)) / 27);
  const edges = Array.from({ length: BANDS + 2 }, (_, i) => toHz((toMel(RATE_HZ / 2) * i) / (BANDS + 1)));
  return Array.from({ length: N_FFT / 2 + 1 }, (_, k) => {
    const hz = (k * RATE_HZ) / N_FFT;
    return Array.from({ length: BANDS }, (_, band) => {
      const [low, middle, high] = edges.slice(band, band + 3);
      const slope = Math.min((hz - low) / (middle - low), (high - hz) / (high - middle));
      return { band, weight: (Math.max(0, slope) * 2) / (high - low) };
    }).filter(({ weight }) => weight > 0);
  });
})();
