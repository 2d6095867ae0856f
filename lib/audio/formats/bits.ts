import type { ByteSource } from "../byte-source.ts";
import { truncated } from "../limits.ts";

/**
 * A reader of bits, most significant first.
 *
 * bytes   a part of the file, which starts at byte `offset`
 * at      the next bit of `bytes`; fewer than 2^32 bits
 */
export type Bits = { bytes: Uint8Array; offset: number; at: number };

/** Bytes that are in memory at a time. */
const WINDOW = 1_048_576;

export const bitsAt = (file: ByteSource, offset: number): Bits => ({
  bytes: file.read(offset, WINDOW),
  offset,
  at: 0,
});

/** Ensures that the next `length` bytes are in memory, if the file has them. `at` is at a byte. */
export function reach(bits: Bits, file: ByteSource, length: number): void {
  const { bytes, offset, at } = bits;
  if (bytes.length - at / 8 < length && offset + bytes.length < file.size)
    Object.assign(bits, bitsAt(file, offset + at / 8));
}

/** Whether the reader has read the whole file. */
export const atEnd = ({ bytes, offset, at }: Bits, file: ByteSource): boolean =>
  offset + bytes.length === file.size && at >= bytes.length * 8;

/**
 * Returns the next `count` bits, 0..32, as an unsigned number. Throws `audio-truncated` past the
 * end.
 */
export function readBits(bits: Bits, count: number): number {
  advance(bits, count);
  return count === 0 ? 0 : peek32(bits.bytes, bits.at - count) >>> (32 - count);
}

/**
 * Returns the next `count` bits, 1..32, as two's complement. Throws `audio-truncated` past the end.
 */
export function readSigned(bits: Bits, count: number): number {
  advance(bits, count);
  return peek32(bits.bytes, bits.at - count) >> (32 - count);
}

/** Returns the number of zeros before the next one, and reads past both. */
export function readUnary(bits: Bits): number {
  const from = bits.at;
  for (;;) {
    const zeros = Math.clz32(peek32(bits.bytes, bits.at));
    advance(bits, zeros === 32 ? 32 : zeros + 1);
    if (zeros < 32) return bits.at - from - 1;
  }
}

/**
 * Fills out[from, to) with Rice-coded numbers: a unary quotient, then `parameter` bits, with the
 * sign in the lowest bit. RFC 9639, section 9.2.7.1. The fast path is written out here because FLAC
 * decoding spends nearly all its time in this loop.
 */
export function readRice(bits: Bits, parameter: number, out: Int32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const word = peek32(bits.bytes, bits.at);
    const zeros = Math.clz32(word);
    const length = zeros + 1 + parameter;
    let coded: number;
    if (length <= 32) {
      coded = parameter === 0 ? zeros : (zeros << parameter) | ((word << (zeros + 1)) >>> (32 - parameter));
      bits.at += length;
    } else {
      const quotient = readUnary(bits);
      coded = (quotient << parameter) | readBits(bits, parameter);
    }
    out[i] = (coded >>> 1) ^ -(coded & 1);
  }
  advance(bits, 0);
}

/** Returns the 32 bits that start at bit `at`, with zeros past the end. */
export function peek32(bytes: Uint8Array, at: number): number {
  const i = at >>> 3;
  const shift = at & 7;
  if (i + 4 >= bytes.length) return peekNearEnd(bytes, i, shift);
  const word = (bytes[i] << 24) | (bytes[i + 1] << 16) | (bytes[i + 2] << 8) | bytes[i + 3];
  return shift === 0 ? word : (word << shift) | (bytes[i + 4] >>> (8 - shift));
}

function peekNearEnd(bytes: Uint8Array, i: number, shift: number): number {
  const tail = new Uint8Array(8);
  tail.set(bytes.subarray(i, i + 5));
  return peek32(tail, shift);
}

function advance(bits: Bits, count: number): void {
  bits.at += count;
  if (bits.at > bits.bytes.length * 8)
    throw truncated("The FLAC file ends inside a frame. Send the whole file.");
}
