import { convolver } from "./convolve.ts";
import { filterBank } from "./filter-bank.ts";

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

/** Samples of the shortest memory for a result. */
const LEAST = 16_384;

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

/**
 * Like `resampler`, but passes the samples on to `sink`, which must not keep them. `flush` passes
 * on what can be computed so far: all but the last milliseconds.
 */
export function streamResampler(
  fromHz: number,
  toHz: number,
  sink: (samples: Float32Array) => void,
): Resampler<void> & { flush(): void } {
  if (fromHz === toHz) return { push: sink, flush: () => undefined, finish: () => undefined };
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
    flush() {
      first?.flush();
      second.flush();
    },
    finish() {
      if (thinning) first?.finish(Math.ceil((length * thinning.up) / thinning.down));
      second.finish(Math.ceil((length * toHz) / fromHz));
    },
  };
}

/** A Float32Array that grows. */
function collector() {
  let samples = new Float32Array(LEAST);
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
