/**
 * One packet of Vorbis, and the next bit in it, least significant first. Bits past its end are
 * zeros. Vorbis I specification, section 2.
 */
export type BitReader = { bytes: Uint8Array; at: number };

/** Returns the next 32 bits without reading them. */
export function peek(bytes: Uint8Array, at: number): number {
  const i = at >>> 3;
  const shift = at & 7;
  const low = (bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24)) >>> shift;
  return shift === 0 ? low : low | (bytes[i + 4] << (32 - shift));
}

/** Returns the next `count` bits, 0..32, as an unsigned number. */
export function take(bits: BitReader, count: number): number {
  const value = count === 32 ? peek(bits.bytes, bits.at) >>> 0 : peek(bits.bytes, bits.at) & (2 ** count - 1);
  bits.at += count;
  return value;
}

export const flag = (bits: BitReader): boolean => take(bits, 1) === 1;

/** Whether bits past the end of the packet were read. */
export const isPast = ({ bytes, at }: BitReader): boolean => at > bytes.length * 8;

/** Returns the bits that a number takes: 0 for 0, 3 for 4. Section 9.2.1. */
export const bitsOf = (x: number): number => 32 - Math.clz32(x);
