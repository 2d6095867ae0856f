/** In front of the values: the bits of each (1 byte), how many there are (2 bytes, little-endian). */
const HEADER_BYTES = 3;
const MOST_BITS = 54;

/**
 * Integers in as few bits as the largest of them needs, and one for the sign: a unit vector's components at scale 2^28 take about
 * 28 bits each instead of 32, a sum of 50 of them about 34 instead of the 64 of a float64.
 *
 * values   [n] integers below 2^53 in size, n < 65536; RangeError for any other, -0 included
 * returns  [3 + ceil(n * width / 8)] bytes; `unpackIntegers` gives the same values back
 */
export function packIntegers(values: Float64Array | Int32Array): Uint8Array {
  if (values.length > 0xffff) throw new RangeError(`${values.length} values`);
  let [width, above] = [1, 1];
  for (const value of values) {
    if (!Number.isSafeInteger(value) || Object.is(value, -0))
      throw new RangeError(`no exact integer: ${value}`);
    for (; Math.abs(value) >= above; above *= 2) width += 1;
  }
  const packed = new Uint8Array(HEADER_BYTES + Math.ceil((values.length * width) / 8));
  packed.set([width, values.length & 0xff, values.length >> 8]);
  let [at, bits] = [HEADER_BYTES, 0];
  const push = (value: number, count: number) => {
    for (let [rest, left] = [value, count]; left > 0; ) {
      const take = Math.min(8 - bits, left);
      const low = rest % (1 << take);
      packed[at] |= low << bits;
      rest = (rest - low) / (1 << take);
      left -= take;
      bits = (bits + take) % 8;
      if (bits === 0) at += 1;
    }
  };
  for (const value of values) {
    push(value < 0 ? 1 : 0, 1);
    push(Math.abs(value), width - 1);
  }
  return packed;
}

/** What `packIntegers` was given, as float64. Throws RangeError for bytes that it did not make. */
export function unpackIntegers(packed: Uint8Array): Float64Array {
  const [width, low, high] = packed;
  const count = low + 256 * high;
  if (!(width >= 1 && width <= MOST_BITS) || packed.length !== HEADER_BYTES + Math.ceil((count * width) / 8))
    throw new RangeError(`no packed integers: ${packed.length} bytes, width ${width}, count ${count}`);
  let [at, bits] = [HEADER_BYTES, 0];
  const pull = (wanted: number): number => {
    let [value, scale] = [0, 1];
    for (let left = wanted; left > 0; ) {
      const take = Math.min(8 - bits, left);
      value += ((packed[at] >> bits) & ((1 << take) - 1)) * scale;
      scale *= 1 << take;
      left -= take;
      bits = (bits + take) % 8;
      if (bits === 0) at += 1;
    }
    return value;
  };
  return Float64Array.from({ length: count }, () => {
    const negative = pull(1) === 1;
    const size = pull(width - 1);
    return negative ? -size : size;
  });
}
