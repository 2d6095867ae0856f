import type { CohortStats } from "../scoring/types.ts";
import type { UnitVector } from "../scoring/vector.ts";
import { BLOCK_ROWS, blockAt, type Columns, columnsOf, type ScanTarget, strideOf } from "./int8-matrix.ts";
import { INT8_SCAN_WASM } from "./int8-scan-wasm.ts";
import { quantizeProbe } from "./quantize.ts";

export type RowSearch = {
  probe: UnitVector;
  /** `top` of the probe: searches by AS-Norm. Undefined: by cosine */
  stats: CohortStats | undefined;
  limit: number;
  /** How far rotations have moved probe and rows, as the length of a vector. By default 0 */
  rotationError?: number | undefined;
  /** Ascending rows to compare. Undefined: all */
  within?: Uint32Array | undefined;
  /** Rows that are scored with other statistics of the probe, if `stats` is set. */
  exceptions?: ReadonlyMap<number, CohortStats> | undefined;
};

/** A row whose exact score is within `error` of `score`. */
export type FoundRow = { row: number; score: number; error: number };
/**
 * rows: highest score first. They include the `limit` rows with the highest exact scores
 * floor: no other compared row has an exact score above this. -Infinity if `rows` are all
 */
export type FoundRows = { rows: FoundRow[]; floor: number };

/**
 * Bounds all rounding of float32 in the kernel, in units of the cosine: 32 steps, where
 * docs/gallery.md counts 21.2.
 */
const ROUNDING = 2 ** -19;
/** Rows of the first run. Each run is twice as long, until one has a whole block. */
const FIRST_RUN = 64;
const WHOLE_BLOCK = 0b1111;

type Kernel = (
  block: number,
  row: number,
  end: number,
  stride: number,
  scratch: number,
  unit: number,
  weight: number,
  perProbe: number,
  probeShift: number,
  slack: number,
  floor: number,
) => number;

const compiled = new WebAssembly.Module(Uint8Array.from(atob(INT8_SCAN_WASM), (c) => c.charCodeAt(0)));
const kernels = new WeakMap<WebAssembly.Memory, Kernel>();

function kernelOf(memory: WebAssembly.Memory): Kernel {
  const existing = kernels.get(memory);
  if (existing) return existing;
  const kernel = new WebAssembly.Instance(compiled, { env: { memory } }).exports.scan as Kernel;
  kernels.set(memory, kernel);
  return kernel;
}

/**
 * Finds the rows that can be among the `limit` with the highest exact scores. docs/gallery.md
 * proves the bound. Two threads can search the same memory at the same time if their pages differ.
 *
 * page: the page of scratch memory, 0 or 1
 *
 * Throws RangeError if the probe has another dimension or the limit is below 1.
 */
export function scanRows(target: ScanTarget, search: RowSearch, page: 0 | 1 = 0): FoundRows {
  const { memory, dimension, size } = target;
  const { probe, stats, limit, within, exceptions, rotationError = 0 } = search;
  if (probe.length !== dimension) throw new RangeError(`dimensions ${probe.length} and ${dimension}`);
  if (!(limit >= 1)) throw new RangeError(`limit ${limit}`);
  const kernel = kernelOf(memory);
  const scratch = scratchOf(memory, page);
  const quantized = quantizeProbe(probe);
  scratch.probe.fill(0).set(quantized.codes);
  // A row is at most 1.05 long: its error is below 0.05 for up to 2,048 dimensions.
  const slack = 1.05 * (quantized.error + rotationError) + ROUNDING;
  const best = highest(limit);
  const rows: FoundRow[] = [];

  /** Adds the rows from..end of a block that may be among the best. */
  const run = (block: number, columns: Columns, from: number, end: number, of: CohortStats | undefined) => {
    const [perProbe, probeShift] = of ? [0.5 / of.std, (0.5 * of.mean) / of.std] : [1, 0];
    const weight = of ? 1 : 0;
    const floor = Math.fround(best.floor - 2 ** -22 * Math.abs(best.floor));
    const count = kernel(
      ...[blockAt(dimension, block), from, end, strideOf(dimension), page * 65536],
      ...([quantized.unit, weight, perProbe, probeShift, slack, floor] as const),
    );
    for (let i = 0; i < count; i++) {
      const at = scratch.rows[i];
      const upper = scratch.uppers[i];
      const error = (perProbe + (weight * 0.5) / columns.std[at]) * (columns.error[at] + slack);
      best.add(upper - 2 * error);
      rows.push({ row: block * BLOCK_ROWS + at, score: upper - error, error });
    }
  };

  const others = stats && exceptions ? exceptions : new Map<number, CohortStats>();
  for (const [row, of] of others) {
    const [block, at] = [Math.floor(row / BLOCK_ROWS), row % BLOCK_ROWS];
    scratch.mask.fill(0)[at >> 2] = 1 << (at & 3);
    run(block, columnsOf(target, block), at & ~3, (at & ~3) + 4, of);
  }
  let length = FIRST_RUN;
  for (const [block, members] of blocksOf(size, within)) {
    maskRows(scratch.mask, block, members, others);
    const columns = columnsOf(target, block);
    const end = Math.min(BLOCK_ROWS, Math.ceil((size - block * BLOCK_ROWS) / 4) * 4);
    for (let from = 0; from < end; ) {
      const to = Math.min(from + length, end);
      run(block, columns, from, to, stats);
      from = to;
      length = Math.min(length * 2, BLOCK_ROWS);
    }
  }
  const found = rows.filter(({ score, error }) => score + error >= best.floor);
  return { rows: found.sort((a, b) => b.score - a.score || a.row - b.row), floor: best.floor };
}

const scratchOf = ({ buffer }: WebAssembly.Memory, page: number) => ({
  probe: new Int16Array(buffer, page * 65536, 2048),
  rows: new Uint32Array(buffer, page * 65536 + 4096, BLOCK_ROWS),
  uppers: new Float32Array(buffer, page * 65536 + 8192, BLOCK_ROWS),
  mask: new Uint8Array(buffer, page * 65536 + 12288, BLOCK_ROWS / 4),
});

/** Yields each block to scan and its rows. Undefined: all rows of the block */
function* blocksOf(
  size: number,
  within: Uint32Array | undefined,
): Generator<[number, Uint32Array | undefined]> {
  if (!within) {
    for (let block = 0; block * BLOCK_ROWS < size; block++) yield [block, undefined];
    return;
  }
  for (let from = 0; from < within.length; ) {
    const block = Math.floor(within[from] / BLOCK_ROWS);
    let to = from;
    while (to < within.length && within[to] < (block + 1) * BLOCK_ROWS) to++;
    yield [block, within.subarray(from, to)];
    from = to;
  }
}

function maskRows(
  mask: Uint8Array,
  block: number,
  members: Uint32Array | undefined,
  others: ReadonlyMap<number, CohortStats>,
): void {
  mask.fill(members ? 0 : WHOLE_BLOCK);
  for (const row of members ?? []) mask[(row % BLOCK_ROWS) >> 2] |= 1 << (row & 3);
  for (const row of others.keys())
    if (Math.floor(row / BLOCK_ROWS) === block) mask[(row % BLOCK_ROWS) >> 2] &= ~(1 << (row & 3));
}

/** Keeps the `limit` highest values. floor: the lowest of them, -Infinity while there are fewer. */
function highest(limit: number) {
  const values: number[] = [];
  return {
    get floor() {
      return values.length < limit ? Number.NEGATIVE_INFINITY : values[limit - 1];
    },
    add(value: number) {
      if (value <= this.floor) return;
      let at = values.length;
      while (at > 0 && values[at - 1] < value) at--;
      values.splice(at, 0, value);
      if (values.length > limit) values.pop();
    },
  };
}
