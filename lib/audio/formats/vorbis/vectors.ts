import { undecodable } from "../../limits.ts";
import { type BitReader, flag, take } from "./bit-reader.ts";

export const invalidSetup = () =>
  undecodable("The Vorbis stream's setup header is invalid. Encode the file again.");

/** Section 3.2.1 and 3.3: numbers on a lattice, or one for each place. */
export function readVectors(bits: BitReader, entries: number, dimensions: number): Float32Array | undefined {
  const type = take(bits, 4);
  if (type === 0) return undefined;
  if (type > 2) throw invalidSetup();
  const least = readFloat(bits);
  const step = readFloat(bits);
  const width = take(bits, 4) + 1;
  const cumulative = flag(bits);
  const lattice = type === 1 ? latticeSize(entries, dimensions) : 0;
  const count = type === 1 ? lattice : entries * dimensions;
  if (bits.at + count * width > bits.bytes.length * 8) throw invalidSetup();
  const numbers = Float64Array.from({ length: count }, () => take(bits, width));
  const vectors = new Float32Array(entries * dimensions);
  for (let entry = 0; entry < entries; entry++) {
    let last = 0;
    let divisor = 1;
    for (let k = 0; k < dimensions; k++) {
      const index = type === 1 ? Math.floor(entry / divisor) % lattice : entry * dimensions + k;
      const value = numbers[index] * step + least + last;
      vectors[entry * dimensions + k] = value;
      if (cumulative) last = value;
      divisor *= lattice;
    }
  }
  return vectors;
}

/** Returns the largest whole number whose power of `dimensions` is at most `entries`. 9.2.3. */
function latticeSize(entries: number, dimensions: number): number {
  let size = 0;
  while (dimensions > 0 && (size + 1) ** dimensions <= entries) size++;
  return size;
}

/** 9.2.2: 21 bits of mantissa, 10 of exponent and a sign. */
function readFloat(bits: BitReader): number {
  const coded = take(bits, 32);
  const magnitude = (coded & 0x1f_ffff) * 2 ** (((coded >>> 21) & 0x3ff) - 788);
  return coded >>> 31 ? -magnitude : magnitude;
}
