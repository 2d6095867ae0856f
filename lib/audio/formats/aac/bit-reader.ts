import { undecodable } from "../../limits.ts";
import { peek32 } from "../bits.ts";
import type { CodeTable } from "./code-tables.ts";

/**
 * One block of AAC, and the next bit in it. Bits past its end are zeros: the decoder checks the
 * position where a loop depends on it, and at the end of the block.
 */
export type BitReader = { bytes: Uint8Array; at: number };

/** Returns the next `count` bits, 0..32, as an unsigned number. */
export function take(bits: BitReader, count: number): number {
  if (count === 0) return 0;
  const value = peek32(bits.bytes, bits.at) >>> (32 - count);
  bits.at += count;
  return value;
}

export const flag = (bits: BitReader): boolean => take(bits, 1) === 1;

/** Moves to the next whole byte. */
export function align(bits: BitReader): void {
  bits.at = Math.ceil(bits.at / 8) * 8;
}

/** Throws `audio-undecodable` if bits past the end of the block were read. */
export function checkInside({ bytes, at }: BitReader): void {
  if (at > bytes.length * 8) throw damaged();
}

export const damaged = () =>
  undecodable("A frame of the AAC stream is damaged. Send an intact file, or record it again.");

export type Code = {
  /** [2 ** QUICK_BITS] symbol * 32 + length by the next bits, or 0 for longer codes. */
  quick: Uint16Array;
  /** The first code of each length. */
  first: readonly number[];
  /** The index of its symbol. */
  index: readonly number[];
  table: CodeTable;
};

const QUICK_BITS = 10;

/** Builds the lookup for a canonical code, whose codes count up through all lengths. */
export function codeOf(table: CodeTable): Code {
  const quick = new Uint16Array(2 ** QUICK_BITS);
  const first: number[] = [];
  const index: number[] = [];
  let code = 0;
  let used = 0;
  for (const [i, count] of table.counts.entries()) {
    const length = i + 1;
    code *= 2;
    first.push(code);
    index.push(used);
    const spread = 2 ** (QUICK_BITS - length);
    for (let k = 0; k < count && length <= QUICK_BITS; k++)
      quick.fill(table.symbols[used + k] * 32 + length, (code + k) * spread, (code + k + 1) * spread);
    code += count;
    used += count;
  }
  return { quick, first, index, table };
}

/** Returns the next symbol. Every sequence of bits is one, because the codes are complete. */
export function readSymbol(bits: BitReader, { quick, first, index, table }: Code): number {
  const word = peek32(bits.bytes, bits.at);
  const entry = quick[word >>> (32 - QUICK_BITS)];
  if (entry !== 0) {
    bits.at += entry & 31;
    return entry >> 5;
  }
  for (let length = QUICK_BITS + 1; length <= table.counts.length; length++) {
    const offset = (word >>> (32 - length)) - first[length - 1];
    if (offset >= table.counts[length - 1]) continue;
    bits.at += length;
    return table.symbols[index[length - 1] + offset];
  }
  throw new RangeError("the code is incomplete");
}
