import { type CodeTable, SCALE_FACTORS, SPECTRAL } from "../../lib/audio/formats/aac/code-tables.ts";

/** Bits in a text of zeros and ones, with blanks anywhere, as bytes. */
export const bits = (text: string): Uint8Array =>
  Uint8Array.from(text.replaceAll(" ", "").match(/.{1,8}/g) ?? [], (byte) =>
    Number.parseInt(byte.padEnd(8, "0"), 2),
  );

export const number = (value: number, width: number): string => value.toString(2).padStart(width, "0");

/** The code of a symbol, which the tables only define by their order. */
function code({ counts, symbols }: CodeTable, symbol: number): string {
  const index = symbols.indexOf(symbol);
  let [value, used] = [0, 0];
  for (const [i, count] of counts.entries()) {
    value *= 2;
    if (index < used + count) return number(value + index - used, i + 1);
    value += count;
    used += count;
  }
  throw new RangeError(`no code for ${symbol}`);
}

/** Four lines of magnitudes below 2, by codebook 1. */
export const four = (...lines: readonly number[]): string =>
  code(
    SPECTRAL[0],
    lines.reduce((symbol, line) => symbol * 3 + line + 1, 0),
  );

/** Four lines of magnitudes below 5, by codebook 5. */
export const pairs = (a: number, b: number, c: number, d: number): string =>
  [a * 9 + b + 40, c * 9 + d + 40].map((symbol) => code(SPECTRAL[4], symbol)).join("");

/** Four lines by codebook 11: two of them, and two zeros. Larger ones than 15 are escaped. */
export function escaped(a: number, b: number): string {
  const capped = [a, b].map((line) => Math.min(16, Math.abs(line)));
  const signs = [a, b].map((line) => (line === 0 ? "" : line < 0 ? "1" : "0")).join("");
  const rests = [a, b].map((line) => (Math.abs(line) < 16 ? "" : escapeOf(Math.abs(line)))).join("");
  return code(SPECTRAL[10], capped[0] * 17 + capped[1]) + signs + rests + code(SPECTRAL[10], 0);
}

function escapeOf(magnitude: number): string {
  const width = Math.floor(Math.log2(magnitude));
  return `${"1".repeat(width - 4)}0${number(magnitude - 2 ** width, width)}`;
}

const GAIN = 160;
/** Window info: a long sine window, and so many bands. */
export const info = (bands: number): string => `0 00 0 ${number(bands, 6)} 0`;

type Channel = { book: number; lines: string; factor?: number; pulses?: string; tns?: string };

/** A channel of one band of four lines. shared: its window info was already written */
export function channel(
  { book, lines, factor = 0, pulses = "0", tns = "0" }: Channel,
  shared = false,
): string {
  const section = number(book, 4) + number(1, 5);
  const difference = code(SCALE_FACTORS, 60 + factor);
  return [number(GAIN, 8), shared ? "" : info(1), section, difference, pulses, tns, "0", lines].join("");
}

/** A block of one channel. */
export const single = (one: Channel): Uint8Array => bits(`000 0000 ${channel(one)} 111`);

/** A block of two channels with a common window. mask: 0 none, 1 a bit for each band, 2 all */
export const pair = (mask: number, left: Channel, right: Channel): Uint8Array => {
  const marks = mask === 1 ? "1" : "";
  return bits(
    `001 0000 1 ${info(1)} ${number(mask, 2)} ${marks} ${channel(left, true)} ${channel(right, true)} 111`,
  );
};
