import { type FilterBank, filterBank } from "./filter-bank.ts";

/**
 * Above this rate, decimate by a whole factor first. That is cheap because only 0-8.6 kHz must
 * survive.
 */
const THIN_ABOVE_HZ = 80_000;
const THIN_TO_HZ = 40_000;
/**
 * Edges of the pass band and stop band, relative to the lower Nyquist frequency. Aliases end up
 * above 7.4 of 8 kHz.
 */
const PASS = 0.925;
const STOP = 1.075;

/** Samples that a stage collects before it filters them. */
const CHUNK = 16_384;

export type Resampler<Result> = {
  /** Takes the next samples; it keeps no reference to them. */
  push(samples: Float32Array): void;
  /** Call it once. */
  finish(): Result;
};

/**
 * Converts the sample rate with a polyphase bank of Kaiser-windowed sincs.
 *
 * samples  [n] at fromHz
 * returns  [ceil(n * toHz / fromHz)] at toHz; sample 0 stays at time 0, with silence around the
 *          clip
 *
 * Works for 8-192 kHz at any ratio. To 16 kHz: flat within 0.01 dB up to 7.4 kHz, 80 dB down from
 * 8.6 kHz. Upward from 8 kHz: images are 80 dB down from 4.3 kHz. Equal rates return the samples
 * themselves.
 */
export function resample(samples: Float32Array, fromHz: number, toHz: number): Float32Array {
  if (fromHz === toHz) return samples;
  const whole = resampler(fromHz, toHz);
  whole.push(samples);
  return whole.finish();
}

/** Like `resample`, but takes the samples in pieces. Where they are cut makes no difference. */
export function resampler(fromHz: number, toHz: number): Resampler<Float32Array> {
  const output = collector();
  const { push, finish } = streamResampler(fromHz, toHz, output.push);
  return {
    push,
    finish() {
      finish();
      return output.all();
    },
  };
}

/** Like `resampler`, but passes the samples on to `sink`, which must not keep them. */
export function streamResampler(
  fromHz: number,
  toHz: number,
  sink: (samples: Float32Array) => void,
): Resampler<void> {
  if (fromHz === toHz) return { push: sink, finish: () => undefined };
  const factor = fromHz > THIN_ABOVE_HZ ? Math.floor(fromHz / THIN_TO_HZ) : 1;
  const thinHz = fromHz / factor;
  const nyquist = Math.min(thinHz, toHz) / 2;
  const second = convolver(filterBank(thinHz, toHz, PASS * nyquist, STOP * nyquist), sink);
  // This filter only has to remove what would alias into the second stage's passband.
  const keepHz = (STOP * toHz) / 2;
  const thinning = factor === 1 ? undefined : filterBank(fromHz, thinHz, keepHz, thinHz - keepHz);
  const first = thinning && convolver(thinning, second.push);
  let length = 0;
  return {
    push(samples) {
      length += samples.length;
      (first ?? second).push(samples);
    },
    finish() {
      if (thinning) first?.finish(Math.ceil((length * thinning.up) / thinning.down));
      second.finish(Math.ceil((length * toHz) / fromHz));
    },
  };
}

/**
 * Passes filtered samples to `sink`. Output i is at input time i * down / up. Its phase selects the
 * filter, with linear interpolation between two if needed.
 */
function convolver(bank: FilterBank, sink: (samples: Float32Array) => void) {
  const { taps, phases, rows, up, down, interpolate } = bank;
  const input = new Float32Array(taps + CHUNK);
  const output = new Float32Array(Math.ceil((input.length * up) / down) + 1);
  // `input` starts with silence before the clip. `dropped` counts the samples removed from its
  // start.
  let filled = taps / 2 - 1;
  let dropped = 0;
  let next = 0;

  function filter(end: number): void {
    let count = 0;
    for (; next < end; next++, count++) {
      const whole = Math.floor((next * down) / up);
      const at = whole - dropped;
      if (at + taps > filled) break;
      const phase = ((next * down - whole * up) / up) * phases;
      const row = Math.floor(phase + 1e-9);
      const here = dot(input, at, rows, row * taps, taps);
      const weight = interpolate ? phase - row : 0;
      output[count] =
        weight > 0 ? here + weight * (dot(input, at, rows, (row + 1) * taps, taps) - here) : here;
    }
    const used = Math.floor((next * down) / up) - dropped;
    input.copyWithin(0, used, filled);
    filled -= used;
    dropped += used;
    sink(output.subarray(0, count));
  }

  function push(samples: Float32Array): void {
    for (let at = 0; at < samples.length; ) {
      const piece = samples.subarray(at, at + input.length - filled);
      input.set(piece, filled);
      filled += piece.length;
      at += piece.length;
      if (filled === input.length) filter(Number.POSITIVE_INFINITY);
    }
  }

  return {
    push,
    /** Adds silence after the clip, up to `length` samples of output in total. */
    finish(length: number): void {
      while (next < length) {
        input.fill(0, filled);
        filled = input.length;
        filter(length);
      }
    },
  };
}

/** A Float32Array that grows. */
function collector() {
  let samples = new Float32Array(CHUNK);
  let length = 0;
  return {
    push(more: Float32Array): void {
      if (length + more.length > samples.length) {
        const longer = new Float32Array(Math.max(2 * samples.length, length + more.length));
        longer.set(samples.subarray(0, length));
        samples = longer;
      }
      samples.set(more, length);
      length += more.length;
    },
    all: (): Float32Array => samples.subarray(0, length),
  };
}

/** Four parallel sums keep the processor's adders busy. taps is a multiple of 4. */
function dot(a: Float32Array, i: number, b: Float32Array, j: number, taps: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let k = 0; k < taps; k += 4) {
    s0 += a[i + k] * b[j + k];
    s1 += a[i + k + 1] * b[j + k + 1];
    s2 += a[i + k + 2] * b[j + k + 2];
    s3 += a[i + k + 3] * b[j + k + 3];
  }
  return s0 + s1 + (s2 + s3);
}
