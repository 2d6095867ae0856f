/** Checksums of Ogg and FLAC: most significant bit first, starting at 0, not inverted. */

const ogg = table(32, 0x04c11db7);
const flac8 = table(8, 0x07);
const flac16 = table(16, 0x8005);

/**
 * Returns the CRC-32 of bytes[from, to), with the four bytes at `hole` as zeros. RFC 3533, section
 * 6.
 */
export function crc32Ogg(bytes: Uint8Array, from: number, to: number, hole: number): number {
  const holeStart = Math.min(hole, to);
  const holeEnd = Math.min(hole + 4, to);
  let crc = 0;
  for (let i = from; i < holeStart; i++) crc = (crc << 8) ^ ogg[(crc >>> 24) ^ bytes[i]];
  for (let i = holeStart; i < holeEnd; i++) crc = (crc << 8) ^ ogg[crc >>> 24];
  for (let i = holeEnd; i < to; i++) crc = (crc << 8) ^ ogg[(crc >>> 24) ^ bytes[i]];
  return crc >>> 0;
}

/** Returns the CRC-8 of bytes[from, to). RFC 9639, section 9.1.8. */
export function crc8Flac(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let i = from; i < to; i++) crc = flac8[crc ^ bytes[i]];
  return crc;
}

/**
 * Returns the CRC-16 of bytes[from, to), after bytes whose CRC-16 is `start`. It is 0 at the end of
 * a frame, whose last two bytes are the CRC-16 of those before. RFC 9639, section 9.3.
 */
export function crc16Flac(bytes: Uint8Array, from: number, to: number, start = 0): number {
  let crc = start;
  for (let i = from; i < to; i++) crc = ((crc << 8) & 0xffff) ^ flac16[(crc >> 8) ^ bytes[i]];
  return crc;
}

/** [256] the remainder that each value of the leading byte adds. */
function table(bits: number, polynomial: number): Int32Array {
  const top = 2 ** (bits - 1);
  return Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte * 2 ** (bits - 8);
    for (let i = 0; i < 8; i++) crc = crc >= top ? (((crc * 2) % (2 * top)) ^ polynomial) >>> 0 : crc * 2;
    return crc;
  });
}
