import {
  type BitReader,
  type Code,
  checkInside,
  codeOf,
  damaged,
  flag,
  readSymbol,
  take,
} from "./bit-reader.ts";
import { SPECTRAL } from "./code-tables.ts";
import { isShort, type WindowInfo } from "./window-info.ts";

type Book = {
  code: Code;
  /** Spectral lines per symbol. */
  size: 2 | 4;
  /** [symbols * size] their values, or magnitudes */
  values: Int8Array;
  /** Whether a sign bit follows for each line that isn't 0. */
  unsigned: boolean;
};

/** Size, largest magnitude, unsigned. ISO/IEC 14496-3, table 4.151. */
const SHAPES: readonly (readonly [size: 2 | 4, most: number, unsigned: boolean])[] = [
  [4, 1, false],
  [4, 1, false],
  [4, 2, true],
  [4, 2, true],
  [2, 4, false],
  [2, 4, false],
  [2, 7, true],
  [2, 7, true],
  [2, 12, true],
  [2, 12, true],
  [2, 16, true],
];
const LAST_BOOK = 11;
/** In the last book, this magnitude is followed by the real one. */
const ESCAPE = 16;

const BOOKS: readonly Book[] = SHAPES.map(([size, most, unsigned], i) => {
  const base = unsigned ? most + 1 : 2 * most + 1;
  const values = Array.from({ length: base ** size }, (_, symbol) =>
    Array.from({ length: size }, (_, k) => {
      const digit = Math.floor(symbol / base ** (size - 1 - k)) % base;
      return unsigned ? digit : digit - most;
    }),
  ).flat();
  return { code: codeOf(SPECTRAL[i]), size, values: Int8Array.from(values), unsigned };
});

/**
 * Returns the 1024 quantized lines: one window of 1024, or eight of 128. Table 4.56.
 *
 * books  [groups * bands]
 */
export function readCoefficients(bits: BitReader, info: WindowInfo, books: Uint8Array): Int16Array {
  const { bands, groups, offsets } = info;
  const coded = new Int16Array(1024);
  const windowLines = isShort(info) ? 128 : 1024;
  let start = 0;
  for (const [group, windows] of groups.entries()) {
    for (let band = 0; band < bands; band++) {
      const book = books[group * bands + band];
      if (book === 0 || book > LAST_BOOK) continue;
      for (let window = 0; window < windows; window++) {
        const from = start + window * windowLines;
        readLines(bits, book, coded, from + offsets[band], from + offsets[band + 1]);
      }
      checkInside(bits);
    }
    start += windows * windowLines;
  }
  return coded;
}

/** Fills coded[from, to). Bands have a multiple of 4 lines. */
function readLines(bits: BitReader, number: number, coded: Int16Array, from: number, to: number): void {
  const { code, size, values, unsigned } = BOOKS[number - 1];
  for (let line = from; line < to; line += size) {
    const at = readSymbol(bits, code) * size;
    for (let k = 0; k < size; k++) {
      const value = values[at + k];
      coded[line + k] = unsigned && value !== 0 && flag(bits) ? -value : value;
    }
    if (number === LAST_BOOK) {
      coded[line] = escaped(bits, coded[line]);
      coded[line + 1] = escaped(bits, coded[line + 1]);
    }
  }
}

/** 4.6.3.3: n ones and a zero, then n + 4 bits below a leading one. */
function escaped(bits: BitReader, value: number): number {
  if (Math.abs(value) !== ESCAPE) return value;
  let length = 4;
  while (flag(bits)) length++;
  if (length > 12) throw damaged();
  const magnitude = 2 ** length + take(bits, length);
  return value < 0 ? -magnitude : magnitude;
}
