import { type BitReader, flag, isPast, take } from "./bit-reader.ts";
import { type Codebook, readSymbol } from "./codebook.ts";
import { invalidSetup } from "./vectors.ts";

/** What the floor leaves of a spectrum, in partitions. Vorbis I specification, section 8. */
export type Residue = {
  type: 0 | 1 | 2;
  begin: number;
  end: number;
  partition: number;
  classBook: number;
  /** The codebook of each class in each of 8 passes; -1 for none. */
  classes: readonly (readonly number[])[];
};

const PASSES = 8;

export function readResidue(bits: BitReader, books: readonly Codebook[]): Residue {
  const type = take(bits, 16);
  if (type !== 0 && type !== 1 && type !== 2) throw invalidSetup();
  const [begin, end] = [take(bits, 24), take(bits, 24)];
  const partition = take(bits, 24) + 1;
  const count = take(bits, 6) + 1;
  const classBook = take(bits, 8);
  const cascades = Array.from({ length: count }, () => take(bits, 3) + (flag(bits) ? take(bits, 5) * 8 : 0));
  const classes = cascades.map((cascade) =>
    Array.from({ length: PASSES }, (_, pass) => (cascade & (1 << pass) ? take(bits, 8) : -1)),
  );
  const isVector = (book: number): boolean => book < 0 || books[book]?.vectors !== undefined;
  const dimensions = books[classBook]?.dimensions ?? 0;
  if (dimensions < 1 || !classes.flat().every(isVector) || isPast(bits)) throw invalidSetup();
  return { type, begin, end, partition, classBook, classes };
}

/**
 * Adds the residue of a packet to the lines of the channels, until the packet ends.
 *
 * lines   the channels that share this residue, each [size]
 * silent  whether a channel has no floor in this packet
 */
export function addResidue(
  bits: BitReader,
  residue: Residue,
  books: readonly Codebook[],
  channels: { lines: readonly Float64Array[]; silent: readonly boolean[] },
): void {
  const { lines, silent } = channels;
  if (silent.every(Boolean)) return;
  if (residue.type !== 2) {
    addPartitions(bits, residue, books, lines, silent);
    return;
  }
  const size = lines[0].length;
  const together = new Float64Array(size * lines.length);
  addPartitions(bits, residue, books, [together], [false]);
  for (const [channel, plane] of lines.entries())
    for (let i = 0; i < size; i++) plane[i] += together[i * lines.length + channel];
}

function addPartitions(
  bits: BitReader,
  { type, begin, end, partition, classBook, classes }: Residue,
  books: readonly Codebook[],
  lines: readonly Float64Array[],
  silent: readonly boolean[],
): void {
  const size = lines[0].length;
  const from = Math.min(begin, size);
  const count = Math.max(0, Math.floor((Math.min(end, size) - from) / partition));
  const { dimensions } = books[classBook];
  const chosen = lines.map(() => new Uint8Array(count + dimensions));
  for (let pass = 0; pass < PASSES; pass++) {
    for (let at = 0; at < count; at++) {
      if (pass === 0 && at % dimensions === 0) {
        for (const [channel, classOf] of chosen.entries())
          if (!silent[channel]) readClasses(bits, books[classBook], classes.length, classOf, at);
      }
      for (const [channel, plane] of lines.entries()) {
        const book = silent[channel] ? -1 : classes[chosen[channel][at]][pass];
        if (book < 0) continue;
        const start = from + at * partition;
        if (type === 0) addStrided(bits, books[book], plane, start, partition);
        else addInOrder(bits, books[book], plane, start, start + partition);
      }
      if (isPast(bits)) return;
    }
  }
}

/** One symbol is the classes of several partitions, as digits. */
function readClasses(bits: BitReader, book: Codebook, count: number, classOf: Uint8Array, at: number): void {
  let digits = readSymbol(bits, book);
  for (let i = book.dimensions - 1; i >= 0; i--) {
    classOf[at + i] = digits % count;
    digits = Math.floor(digits / count);
  }
}

function addInOrder(bits: BitReader, book: Codebook, plane: Float64Array, from: number, to: number): void {
  const { dimensions, vectors } = book;
  if (!vectors || dimensions === 0) return;
  for (let at = from; at < to && !isPast(bits); ) {
    const entry = readSymbol(bits, book) * dimensions;
    for (let k = 0; k < dimensions && at < to; k++) plane[at++] += vectors[entry + k];
  }
}

function addStrided(
  bits: BitReader,
  book: Codebook,
  plane: Float64Array,
  from: number,
  length: number,
): void {
  const { dimensions, vectors } = book;
  if (!vectors || dimensions === 0) return;
  const step = Math.floor(length / dimensions);
  for (let i = 0; i < step && !isPast(bits); i++) {
    const entry = readSymbol(bits, book) * dimensions;
    for (let k = 0; k < dimensions; k++) plane[from + i + k * step] += vectors[entry + k];
  }
}
