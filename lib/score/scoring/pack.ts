/** Header: the bits of each value (1 byte) and the number of values (2 bytes, little-endian). */
const HEADER_BYTES = 3;
const MAX_WIDTH = 54;

/** The next bit to read or write, least significant first. */
type Cursor = { byte: number; bit: number };

/**
 * Packs integers into as few bits as the largest one needs, plus one for the sign. A unit vector's
 * components at scale 2^28 take about 28 bits each instead of 32, and a sum of 50 of them about 34
 * instead of the 64 of a float64.
 *
 * values   [n] integers below 2^53 in size, n < 65536; RangeError for others, including -0
 * returns  [3 + ceil(n * width / 8)] bytes; `unpackIntegers` restores the same values
 */
export function packIntegers(values: Float64Array | Int32Array): Uint8Array {
  if (values.length > 0xffff) throw new RangeError(`${values.length} values`);
  const width = widthOf(values);
  const packed = new Uint8Array(HEADER_BYTES + Math.ceil((values.length * width) / 8));
  packed.set([width, values.length & 0xff, values.length >> 8]);
  const cursor = { byte: HEADER_BYTES, bit: 0 };
  for (const value of values) {
    writeBits(packed, cursor, value < 0 ? 1 : 0, 1);
    writeBits(packed, cursor, Math.abs(value), width - 1);
  }
  return packed;
}

/** Restores what `packIntegers` packed, as float64. Throws RangeError for other bytes. */
export function unpackIntegers(packed: Uint8Array): Float64Array {
  const [width, low, high] = packed;
  const count = low + 256 * high;
  if (!(width >= 1 && width <= MAX_WIDTH) || packed.length !== HEADER_BYTES + Math.ceil((count * width) / 8))
    throw new RangeError(`no packed integers: ${packed.length} bytes, width ${width}, count ${count}`);
  const cursor = { byte: HEADER_BYTES, bit: 0 };
  return Float64Array.from({ length: count }, () => {
    const negative = readBits(packed, cursor, 1) === 1;
    const size = readBits(packed, cursor, width - 1);
    return negative ? -size : size;
  });
}

/** Returns the bits of each packed value: one for the sign and those of the largest value. */
function widthOf(values: Float64Array | Int32Array): number {
  let largest = 0;
  for (const value of values) {
    if (!Number.isSafeInteger(value) || Object.is(value, -0))
      throw new RangeError(`no exact integer: ${value}`);
    largest = Math.max(largest, Math.abs(value));
  }
  let width = 1;
  for (let limit = 1; limit <= largest; limit *= 2) width += 1;
  return width;
}

// Values take up to 53 bits, more than JavaScript's bitwise operators handle: hence the arithmetic.

function writeBits(packed: Uint8Array, cursor: Cursor, value: number, count: number): void {
  let rest = value;
  let remaining = count;
  while (remaining > 0) {
    const step = Math.min(8 - cursor.bit, remaining);
    const low = rest % (1 << step);
    packed[cursor.byte] |= low << cursor.bit;
    rest = (rest - low) / (1 << step);
    remaining -= step;
    advance(cursor, step);
  }
}

function readBits(packed: Uint8Array, cursor: Cursor, count: number): number {
  let value = 0;
  let scale = 1;
  let remaining = count;
  while (remaining > 0) {
    const step = Math.min(8 - cursor.bit, remaining);
    value += ((packed[cursor.byte] >> cursor.bit) & ((1 << step) - 1)) * scale;
    scale *= 1 << step;
    remaining -= step;
    advance(cursor, step);
  }
  return value;
}

function advance(cursor: Cursor, bits: number): void {
  cursor.bit = (cursor.bit + bits) % 8;
  if (cursor.bit === 0) cursor.byte += 1;
}
