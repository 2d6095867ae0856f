import type { FilterBank } from "./filter-bank.ts";
import { RESAMPLE_WASM } from "./resample-wasm.ts";
import { instantiate, memoryLayout } from "./wasm-memory.ts";

/** Samples that a stage collects before it filters them. */
const CHUNK = 16_384;

type Filter = (
  place: { filled: number; dropped: number; next: number; end: number },
  input: Float32Array,
) => Float32Array;

/** One for each bank, which filter-bank.ts keeps only the latest of. */
const filters = new WeakMap<FilterBank, Filter>();

/**
 * Passes filtered samples to `sink`, which must not keep them. Output i is at input time i * down /
 * up. Its phase selects the filter, with linear interpolation between two if needed.
 */
export function convolver(bank: FilterBank, sink: (samples: Float32Array) => void) {
  const { taps, up, down } = bank;
  const filterOf = filters.get(bank) ?? filterBy(bank);
  filters.set(bank, filterOf);
  const input = new Float32Array(taps + CHUNK);
  // `input` starts with silence before the clip. `dropped` counts the samples removed from its
  // start.
  let filled = taps / 2 - 1;
  let dropped = 0;
  let next = 0;

  function filter(end: number): void {
    const outputs = filterOf({ filled, dropped, next, end }, input);
    next += outputs.length;
    const used = Math.floor((next * down) / up) - dropped;
    input.copyWithin(0, used, filled);
    filled -= used;
    dropped += used;
    sink(outputs);
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
    /** Passes on what can be computed so far, without waiting for more samples. */
    flush: () => filter(Number.POSITIVE_INFINITY),
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

/**
 * Filters in WebAssembly, which keeps nothing between two calls: convolvers of one bank share the
 * memory. The result is valid until the next call.
 */
function filterBy({ taps, phases, rows, up, down, interpolate }: FilterBank): Filter {
  const memory = memoryLayout();
  const inputAt = memory.reserve(4 * (taps + CHUNK));
  const outputAt = memory.reserve(4 * (Math.ceil(((taps + CHUNK) * up) / down) + 1));
  const rowsAt = memory.put(rows);
  const { convolve } = instantiate<"convolve">(RESAMPLE_WASM, memory.whole);
  return ({ filled, dropped, next, end }, input) => {
    memory.floats(inputAt, input.length).set(input);
    const count = convolve(
      ...[inputAt, filled, dropped, rowsAt, taps, phases, up, down],
      ...[interpolate ? 1 : 0, next, end, outputAt],
    );
    return memory.floats(outputAt, count);
  };
}
