import { type BitReader, flag, isPast, peek, take } from "./bit-reader.ts";
import { invalidSetup, readVectors } from "./vectors.ts";

/** A Huffman code of numbers, or of vectors. Vorbis I specification, section 3. */
export type Codebook = {
  dimensions: number;
  /** [2 ** QUICK_BITS] symbol * 64 + length by the next bits, or -1 for longer codes. */
  quick: Int32Array;
  /** Children of each node, by bit: another node, or -1 less a symbol. */
  tree: Int32Array;
  /** [entries * dimensions] undefined if the symbols are only numbers. */
  vectors: Float32Array | undefined;
};

const SYNC = 0x56_43_42;
const QUICK_BITS = 10;
/** libvorbis has at most 10,000 symbols in a codebook. A file that was made to be slow has more. */
const MAX_ENTRIES = 65_536;
const MAX_NUMBERS = 1_048_576;

export function readCodebook(bits: BitReader): Codebook {
  if (take(bits, 24) !== SYNC) throw invalidSetup();
  const dimensions = take(bits, 16);
  const entries = take(bits, 24);
  if (entries > MAX_ENTRIES || dimensions * entries > MAX_NUMBERS || isPast(bits)) throw invalidSetup();
  const lengths = flag(bits) ? readOrdered(bits, entries) : readLengths(bits, entries);
  const { quick, tree } = buildTree(lengths);
  return { dimensions, quick, tree, vectors: readVectors(bits, entries, dimensions) };
}

/** Returns the length of each symbol's code; 0 for an unused symbol. */
function readLengths(bits: BitReader, entries: number): Uint8Array {
  const sparse = flag(bits);
  return Uint8Array.from({ length: entries }, () => (sparse && !flag(bits) ? 0 : take(bits, 5) + 1));
}

/** Counts of symbols of each length, from the shortest. */
function readOrdered(bits: BitReader, entries: number): Uint8Array {
  const lengths = new Uint8Array(entries);
  let length = take(bits, 5) + 1;
  for (let entry = 0; entry < entries; length++) {
    const count = take(bits, 32 - Math.clz32(entries - entry));
    if (length > 32 || entry + count > entries) throw invalidSetup();
    lengths.fill(length, entry, entry + count);
    entry += count;
  }
  return lengths;
}

/** Each symbol takes the lowest free code of its length. Section 3.2.1. */
function buildTree(lengths: Uint8Array): Pick<Codebook, "quick" | "tree"> {
  const used = lengths.reduce((count, length) => count + (length > 0 ? 1 : 0), 0);
  const quick = new Int32Array(2 ** QUICK_BITS).fill(-1);
  const tree = new Int32Array(2 * Math.max(1, used));
  let nodes = 1;
  /** The free node at each depth, as a path from the root: bits from the highest on. */
  const free: (number | undefined)[] = [0];
  const insert = (symbol: number, path: number, length: number): void => {
    let node = 0;
    for (let depth = 0; depth < length - 1; depth++) {
      const at = 2 * node + ((path >>> (31 - depth)) & 1);
      if (tree[at] === 0) tree[at] = nodes++;
      node = tree[at];
    }
    tree[2 * node + ((path >>> (32 - length)) & 1)] = -1 - symbol;
  };
  for (const [symbol, length] of lengths.entries()) {
    if (length === 0) continue;
    let depth = length;
    while (depth >= 0 && free[depth] === undefined) depth--;
    const path = free[depth];
    if (path === undefined) throw invalidSetup();
    free[depth] = undefined;
    for (let below = depth + 1; below <= length; below++) free[below] = (path + 2 ** (32 - below)) % 2 ** 32;
    insert(symbol, path, length);
    fillQuick(quick, symbol, path, length);
  }
  if (used === 1) return single(lengths);
  if (used > 0 && free.some((path) => path !== undefined)) throw invalidSetup();
  return { quick, tree };
}

/** A codebook with one symbol: any bit means it. */
function single(lengths: Uint8Array): Pick<Codebook, "quick" | "tree"> {
  const symbol = lengths.findIndex((length) => length > 0);
  return {
    quick: new Int32Array(2 ** QUICK_BITS).fill(symbol * 64 + 1),
    tree: Int32Array.of(-1 - symbol, -1 - symbol),
  };
}

function fillQuick(quick: Int32Array, symbol: number, path: number, length: number): void {
  if (length > QUICK_BITS) return;
  let reversed = 0;
  for (let i = 0; i < length; i++) reversed |= ((path >>> (31 - i)) & 1) << i;
  for (let i = reversed; i < quick.length; i += 2 ** length) quick[i] = symbol * 64 + length;
}

/** Returns the next symbol. An unused codebook gives 0. */
export function readSymbol(bits: BitReader, { quick, tree }: Codebook): number {
  const word = peek(bits.bytes, bits.at);
  const entry = quick[word & (2 ** QUICK_BITS - 1)];
  if (entry >= 0) {
    bits.at += entry & 63;
    return entry >> 6;
  }
  let node = 0;
  for (let i = 0; i < 32; i++) {
    node = tree[2 * node + ((word >>> i) & 1)];
    bits.at++;
    if (node < 0) return -1 - node;
    if (node === 0) return 0;
  }
  return 0;
}
