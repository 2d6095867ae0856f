import { type BitReader, checkInside, codeOf, damaged, flag, readSymbol, take } from "./bit-reader.ts";
import { SCALE_FACTORS } from "./code-tables.ts";
import { readCoefficients } from "./coefficients.ts";
import { readTns, type TnsFilter } from "./tns.ts";
import { isShort, readWindowInfo, type WindowInfo } from "./window-info.ts";

/** One channel of a block: individual_channel_stream() of ISO/IEC 14496-3, table 4.50. */
export type Channel = {
  info: WindowInfo;
  /** [groups * bands] */
  books: Uint8Array;
  /** [groups * bands] factor of each band, whose meaning depends on its codebook */
  factors: Float64Array;
  /** [1024] quantized lines; of eight short windows, 128 each */
  coded: Int16Array;
  tns: readonly TnsFilter[];
};

/** Codebooks that aren't Huffman codes of lines. */
export const ZERO = 0;
const RESERVED = 12;
export const NOISE = 13;
export const INTENSITY_OPPOSITE = 14;
export const INTENSITY = 15;

/** Lines of a frame. */
export const LINES = 1024;

const scaleFactorCode = codeOf(SCALE_FACTORS);
const SCALE_OFFSET = 60;
const GAIN_OFFSET = 100;
const NOISE_OFFSET = 90;

/** shared: the window info of both channels of a pair, if they have the same */
export function readChannel(bits: BitReader, rateIndex: number, shared?: WindowInfo): Channel {
  const gain = take(bits, 8);
  const info = shared ?? readWindowInfo(bits, rateIndex);
  const books = readBooks(bits, info);
  const factors = readFactors(bits, books, gain);
  const pulses = flag(bits) ? readPulses(bits, info) : [];
  const tns = flag(bits) ? readTns(bits, info) : [];
  // Gain control belongs to another profile.
  if (flag(bits)) throw damaged();
  const coded = readCoefficients(bits, info, books);
  addPulses(coded, pulses);
  return { info, books, factors, coded, tns };
}

/** Sections of bands that share a codebook. Table 4.52. */
function readBooks(bits: BitReader, info: WindowInfo): Uint8Array {
  const { bands, groups } = info;
  const width = isShort(info) ? 3 : 5;
  const most = 2 ** width - 1;
  const books = new Uint8Array(groups.length * bands);
  for (let group = 0; group < groups.length; group++) {
    for (let band = 0; band < bands; ) {
      const book = take(bits, 4);
      let end = band;
      let more = most;
      while (more === most) {
        more = take(bits, width);
        end += more;
        checkInside(bits);
      }
      if (book === RESERVED || end > bands) throw damaged();
      books.fill(book, group * bands + band, group * bands + end);
      band = end;
    }
  }
  return books;
}

/** Table 4.53, and 4.6.2.3.2, 4.6.8.2.3 and 4.6.13.3 for what the differences mean. */
function readFactors(bits: BitReader, books: Uint8Array, globalGain: number): Float64Array {
  const factors = new Float64Array(books.length);
  let gain = globalGain;
  let position = 0;
  let noise: number | undefined;
  for (const [i, book] of books.entries()) {
    if (book === ZERO) continue;
    if (book === NOISE && noise === undefined) noise = globalGain - NOISE_OFFSET + take(bits, 9) - 256;
    else {
      const difference = readSymbol(bits, scaleFactorCode) - SCALE_OFFSET;
      if (book === NOISE) noise = (noise ?? 0) + difference;
      else if (book >= INTENSITY_OPPOSITE) position += difference;
      else gain += difference;
    }
    if (gain < 0 || gain > 255 || Math.abs(position) > 255 || Math.abs(noise ?? 0) > 255) throw damaged();
    factors[i] = 2 ** (exponent(book, { gain, position, noise: noise ?? 0 }) / 4);
  }
  return factors;
}

function exponent(book: number, now: { gain: number; position: number; noise: number }): number {
  if (book === NOISE) return now.noise;
  return book >= INTENSITY_OPPOSITE ? -now.position : now.gain - GAIN_OFFSET;
}

type Pulse = { line: number; height: number };

/** Lines of which only a part is in the spectrum. Table 4.7 and 4.6.3.3. */
function readPulses(bits: BitReader, info: WindowInfo): Pulse[] {
  const count = take(bits, 2) + 1;
  const start = take(bits, 6);
  if (isShort(info) || start >= info.offsets.length) throw damaged();
  let line = info.offsets[start];
  return Array.from({ length: count }, () => {
    line += take(bits, 5);
    if (line >= LINES) throw damaged();
    return { line, height: take(bits, 4) };
  });
}

function addPulses(coded: Int16Array, pulses: readonly Pulse[]): void {
  for (const { line, height } of pulses) coded[line] += coded[line] > 0 ? height : -height;
}
