import { concat } from "../support/wav.ts";
import { type Random, seeded } from "./random.ts";
import { seal } from "./seal.ts";

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

const EXTREMES = [0, 1, 2, 7, 8, 127, 128, 255, 256, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
const MOST_MUTATIONS = 5;
/** Most fields are near the start of a file. */
const HEAD = 600;

/** Most places are in the headers. */
const place = (bytes: Uint8Array, random: Random): number =>
  random.below(random.below(2) ? Math.min(HEAD, bytes.length) : bytes.length);

/** A range of at most an eighth of the file. */
function range(bytes: Uint8Array, random: Random): [from: number, to: number] {
  const from = place(bytes, random);
  return [from, Math.min(bytes.length, from + 1 + random.below(Math.max(1, bytes.length >> 3)))];
}

/** Returns where a name of four letters is, as chunks and boxes have it. */
function nameAt(bytes: Uint8Array, random: Random): number {
  const start = place(bytes, random);
  for (let at = start; at + 8 < bytes.length; at++)
    if (bytes.subarray(at, at + 4).every((x) => (x > 96 && x < 123) || (x > 64 && x < 91))) return at;
  return start;
}

/** Writes a number of 1, 2, 4 or 8 bytes, in either byte order. */
function writeNumber(bytes: Uint8Array, at: number, value: number, random: Random): Uint8Array {
  const width = random.pick([1, 2, 4, 4, 4, 8]);
  const little = random.below(2) === 1;
  for (let i = 0; i < width && at + i < bytes.length; i++) {
    const power = little ? i : width - 1 - i;
    bytes[at + i] = Math.floor(value / 2 ** (8 * power)) % 256;
  }
  return bytes;
}

const MUTATIONS: readonly Mutation[] = [
  // A bit.
  (bytes, random) => {
    bytes[place(bytes, random)] ^= 1 << random.below(8);
    return bytes;
  },
  // A byte.
  (bytes, random) => {
    bytes[place(bytes, random)] = random.below(256);
    return bytes;
  },
  // A number, as a size or a count.
  (bytes, random) =>
    writeNumber(bytes, place(bytes, random), random.pick([...EXTREMES, bytes.length]), random),
  // The number before or after a name.
  (bytes, random) => {
    const at = Math.max(0, nameAt(bytes, random) + random.pick([-4, -8, 4, 8, 12]));
    const near = random.pick([bytes.length - at, bytes.length, random.below(64)]);
    return writeNumber(bytes, at, random.pick([...EXTREMES, near]), random);
  },
  // A cut.
  (bytes, random) => bytes.slice(0, 1 + random.below(bytes.length)),
  (bytes, random) => {
    const [from, to] = range(bytes, random);
    return concat(bytes.subarray(0, from), bytes.subarray(to));
  },
  // An insertion.
  (bytes, random) => {
    const at = place(bytes, random);
    const some = Uint8Array.from({ length: 1 + random.below(40) }, () => random.below(256));
    return concat(bytes.subarray(0, at), some, bytes.subarray(at));
  },
  // A part again, as chunks, pages and packets may come twice.
  (bytes, random) => {
    const [from, to] = range(bytes, random);
    return concat(bytes.subarray(0, to), bytes.subarray(from));
  },
  // Two parts in the other order.
  (bytes, random) => {
    const [from, to] = range(bytes, random);
    const end = Math.min(bytes.length, to + 1 + random.below(200));
    return concat(
      bytes.subarray(0, from),
      bytes.subarray(to, end),
      bytes.subarray(from, to),
      bytes.subarray(end),
    );
  },
  // The same byte over a part.
  (bytes, random) => {
    const [from, to] = range(bytes, random);
    return bytes.fill(random.pick([0, 255, 0x80]), from, to);
  },
];

/**
 * Returns one of the files with one to five mutations. In half of the cases checksums are computed
 * again, so that the damage gets behind them. The same seed gives the same bytes.
 */
export function mutated(files: readonly Uint8Array[], seed: number): Uint8Array {
  const random = seeded(seed);
  let bytes: Uint8Array = random.pick(files).slice();
  for (let count = 1 + random.below(MOST_MUTATIONS); count > 0; count--)
    if (bytes.length > 0) bytes = random.pick(MUTATIONS)(bytes, random);
  return random.below(2) ? seal(bytes) : bytes;
}
