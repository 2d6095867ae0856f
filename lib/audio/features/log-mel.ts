import type { FeatureRecipe } from "../types.ts";
import { LOG_MEL_WASM } from "./log-mel-wasm.ts";
import { melFilters } from "./mel.ts";
import { SPECTRUM_WASM } from "./spectrum-wasm.ts";
import { instantiate, memoryLayout } from "./wasm-memory.ts";

/** float32 epsilon: Kaldi's lower limit for the logarithm. */
export const FLOOR = 1.1920929e-7;
/** Frames that are computed before they are copied out; even, and few enough for a cache. */
const CHUNK = 64;

type Call = (...numbers: number[]) => void;

export type LogMel = {
  /** Samples of a frame, and from the start of one frame to that of the next. */
  window: number;
  shift: number;
  /**
   * Fills [frames][melBins]: `power` with the power in each triangle, at least FLOOR, and `data`
   * with its natural logarithm.
   */
  compute(samples: Float32Array, frames: number, data: Float32Array, power: Float32Array): void;
};

/**
 * Lays out the tables of a recipe and the scratch memory of its frames. Two frames at a time are
 * loaded, transformed and filtered in float64; results are rounded to float32.
 */
export function logMel(recipe: FeatureRecipe): LogMel {
  const { sampleRateHz, windowMs, shiftMs, melBins: bins } = recipe;
  const length = Math.round((sampleRateHz * windowMs) / 1000);
  const shift = Math.round((sampleRateHz * shiftMs) / 1000);
  const size = 2 ** Math.ceil(Math.log2(length));
  const half = size / 2;
  const filters = melFilters(bins, size, sampleRateHz, recipe.lowHz, recipe.highHz);

  const memory = memoryLayout();
  const samplesAt = memory.reserve(4 * (length + (CHUNK - 1) * shift));
  // The part of a frame after its window stays zero: the passes leave the first buffer to `load`.
  const frameAt = memory.reserve(16 * size);
  const buffersAt = [memory.reserve(16 * size), memory.reserve(16 * size)] as const;
  const spectrumAt = memory.reserve(16 * size);
  const powerAt = memory.reserve(4 * CHUNK * bins);
  const dataAt = memory.reserve(4 * CHUNK * bins);
  const windowAt = memory.put(windowOf(recipe.window, length));
  const twiddlesAt = memory.put(unitCircle(half, half));
  const halvesAt = memory.put(unitCircle(half, size));
  const filtersAt = memory.put(
    Int32Array.from(filters.flatMap(({ first, weights }) => [16 * first, weights.length])),
  );
  const weightsAt = memory.put(Float64Array.from(filters.flatMap(({ weights }) => [...weights])));
  const { load, mel, log } = instantiate<"load" | "log" | "mel">(LOG_MEL_WASM, memory.whole);
  const spectrum = instantiate<"power" | "radix2" | "radix4">(SPECTRUM_WASM, memory.whole);
  const center = recipe.removeDcOffset ? 1 : 0;

  function pair(first: number, second: number): void {
    load(
      ...[samplesAt + 4 * first * shift, samplesAt + 4 * second * shift, length, windowAt, frameAt],
      ...[center, recipe.preemphasis, recipe.sampleScale],
    );
    const from = transform(spectrum, frameAt, buffersAt, half, twiddlesAt);
    spectrum.power(from, spectrumAt, half, halvesAt);
    const row = (frame: number) => powerAt + 4 * frame * bins;
    mel(spectrumAt, filtersAt, weightsAt, bins, FLOOR, row(first), row(second));
  }

  function compute(samples: Float32Array, frames: number, data: Float32Array, power: Float32Array): void {
    const input = memory.floats(samplesAt, length + (CHUNK - 1) * shift);
    for (let start = 0; start < frames; start += CHUNK) {
      const count = Math.min(CHUNK, frames - start);
      input.set(samples.subarray(start * shift, (start + count - 1) * shift + length));
      // An odd last frame is its own partner.
      for (let frame = 0; frame < count; frame += 2) pair(frame, Math.min(frame + 1, count - 1));
      log(powerAt, powerAt + 4 * count * bins, dataAt);
      power.set(memory.floats(powerAt, count * bins), start * bins);
      data.set(memory.floats(dataAt, count * bins), start * bins);
    }
  }

  return { window: length, shift, compute };
}

/** Returns which buffer has the FFT of the `n` complex numbers at `at`. */
function transform(
  { radix4, radix2 }: Record<"radix2" | "radix4", Call>,
  at: number,
  buffers: readonly [number, number],
  n: number,
  twiddlesAt: number,
): number {
  let from = at;
  let [to, other] = buffers;
  let length = n;
  for (; length > 1; length /= length > 2 ? 4 : 2) {
    if (length > 2) radix4(from, to, length, n / length, twiddlesAt, 16 * (n / length));
    else radix2(from, to, n / 2);
    from = to;
    [to, other] = [other, to];
  }
  return from;
}

/** [count][2] cosine and sine of 2 pi k / turn */
const unitCircle = (count: number, turn: number): Float64Array =>
  Float64Array.from({ length: 2 * (count + 1) }, (_, i) =>
    (i % 2 === 0 ? Math.cos : Math.sin)((2 * Math.PI * Math.floor(i / 2)) / turn),
  );

const windowOf = (name: FeatureRecipe["window"], length: number): Float64Array =>
  Float64Array.from({ length }, (_, i) => WINDOWS[name](Math.cos((2 * Math.PI * i) / (length - 1))));

/** Functions of a cosine that runs once around the frame, including both ends. */
const WINDOWS = {
  povey: (cosine: number) => (0.5 - 0.5 * cosine) ** 0.85,
  hamming: (cosine: number) => 0.54 - 0.46 * cosine,
} satisfies Record<FeatureRecipe["window"], (cosine: number) => number>;
