import type { CohortStats } from "../scoring/types.ts";
import { MOST_DIMENSIONS, type QuantizedVoice } from "./quantize.ts";

/** Rows of a block in memory: the kernel (int8-scan.wat) knows this number. */
export const BLOCK_ROWS = 1024;
const COLUMN_BYTES = BLOCK_ROWS * 4;
const PAGE = 65536;
const MOST_PAGES = 65536;
/** A page of scratch memory for each of two threads. */
const BLOCKS_AT = 2 * PAGE;

/** What a scan reads. It can be posted to another thread, which then shares the memory. */
export type ScanTarget = { memory: WebAssembly.Memory; dimension: number; size: number };

/** The columns of up to 1,024 rows. codes: [rows][stride], the others: [rows] */
export type Columns = {
  codes: Int8Array;
  scale: Float32Array;
  error: Float32Array;
  mean: Float32Array;
  std: Float32Array;
};

/** Bytes of a row's codes: the dimension rounded up to 16. The padding is zero. */
export const strideOf = (dimension: number): number => Math.ceil(dimension / 16) * 16;
const blockBytes = (dimension: number): number => BLOCK_ROWS * strideOf(dimension) + 4 * COLUMN_BYTES;
export const blockAt = (dimension: number, block: number): number =>
  BLOCKS_AT + block * blockBytes(dimension);

/** Returns views of a block's columns. They are valid even after the memory has grown. */
export function columnsOf({ memory, dimension }: ScanTarget, block: number): Columns {
  const codesBytes = BLOCK_ROWS * strideOf(dimension);
  const start = blockAt(dimension, block);
  const column = (at: number) =>
    new Float32Array(memory.buffer, start + codesBytes + at * COLUMN_BYTES, BLOCK_ROWS);
  return {
    codes: new Int8Array(memory.buffer, start, codesBytes),
    scale: column(0),
    error: column(1),
    mean: column(2),
    std: column(3),
  };
}

/**
 * Quantized voiceprints with their statistics, in blocks of shared memory. A row takes its stride
 * and 16 bytes, and the memory holds at most 4 GiB: 20 million rows of 192 dimensions.
 *
 * A row keeps its index until it is dropped. Any other index is a RangeError.
 */
export type Int8Matrix = {
  readonly target: ScanTarget;
  /** Bytes in use. */
  readonly bytes: number;
  /** Adds a row, and returns its index. stats: `top`. Undefined: for searches by cosine only */
  append(voice: QuantizedVoice, stats: CohortStats | undefined): number;
  /**
   * Adds up to 1,024 rows, and returns the index of the first. RangeError unless the last block is
   * full.
   */
  load(columns: Columns, rows: number): number;
  /** Overwrites a row with zeros. No search finds it again. */
  drop(row: number): void;
  /** Overwrites a row, which may have been dropped. */
  write(row: number, voice: QuantizedVoice, stats: CohortStats | undefined): void;
  /** Whether the row has a voice, which is so until it is dropped. */
  has(row: number): boolean;
  /** Returns a copy of a row. Undefined if it was dropped. */
  read(row: number): (QuantizedVoice & CohortStats) | undefined;
};

/** Throws RangeError unless the dimension is 1 to 2,048. */
export function int8Matrix(dimension: number): Int8Matrix {
  if (!(Number.isInteger(dimension) && dimension > 0 && dimension <= MOST_DIMENSIONS))
    throw new RangeError(`dimension ${dimension}`);
  const memory = new WebAssembly.Memory({ initial: BLOCKS_AT / PAGE, maximum: MOST_PAGES, shared: true });
  const target: ScanTarget = { memory, dimension, size: 0 };
  const stride = strideOf(dimension);
  const blocks: Columns[] = [];

  /** Unused rows have an infinite mean, which the kernel never finds. */
  const addBlock = () => {
    const needed = blockAt(dimension, blocks.length + 1) - memory.buffer.byteLength;
    if (needed > 0) memory.grow(Math.ceil(needed / PAGE));
    const block = columnsOf(target, blocks.length);
    block.mean.fill(Number.POSITIVE_INFINITY);
    block.std.fill(1);
    blocks.push(block);
    return block;
  };
  const placeOf = (row: number) => {
    if (!(Number.isInteger(row) && row >= 0 && row < target.size))
      throw new RangeError(`row ${row} of ${target.size}`);
    return { block: blocks[Math.floor(row / BLOCK_ROWS)], at: row % BLOCK_ROWS };
  };
  const write = (row: number, { codes, scale, error }: QuantizedVoice, stats: CohortStats | undefined) => {
    if (codes.length !== dimension) throw new RangeError(`dimensions ${codes.length} and ${dimension}`);
    const { block, at } = placeOf(row);
    block.codes.set(codes, at * stride);
    block.scale[at] = scale;
    block.error[at] = error;
    block.std[at] = stats?.std ?? 1;
    block.mean[at] = stats?.mean ?? 0;
  };

  const has = (row: number) => {
    const { block, at } = placeOf(row);
    return block.mean[at] !== Number.POSITIVE_INFINITY;
  };

  return {
    target,
    get bytes() {
      return memory.buffer.byteLength;
    },
    append(voice, stats) {
      if (target.size === blocks.length * BLOCK_ROWS) addBlock();
      const row = target.size;
      target.size += 1;
      write(row, voice, stats);
      return row;
    },
    load(columns, rows) {
      const first = target.size;
      if (first !== blocks.length * BLOCK_ROWS || rows > BLOCK_ROWS)
        throw new RangeError(`${rows} rows after ${first}`);
      const block = addBlock();
      block.codes.set(columns.codes);
      block.scale.set(columns.scale);
      block.error.set(columns.error);
      block.mean.set(columns.mean);
      block.std.set(columns.std);
      target.size += rows;
      return first;
    },
    drop(row) {
      const { block, at } = placeOf(row);
      block.mean[at] = Number.POSITIVE_INFINITY;
      block.codes.fill(0, at * stride, (at + 1) * stride);
      for (const column of [block.scale, block.error]) column[at] = 0;
      block.std[at] = 1;
    },
    write,
    has,
    read(row) {
      const { block, at } = placeOf(row);
      if (!has(row)) return undefined;
      const codes = block.codes.slice(at * stride, at * stride + dimension);
      const [scale, error] = [block.scale[at], block.error[at]];
      return { codes, scale, error, mean: block.mean[at], std: block.std[at] };
    },
  };
}
