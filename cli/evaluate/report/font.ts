import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { inflateSync } from "node:zlib";

const require = createRequire(import.meta.url);
const LATO = join(dirname(require.resolve("@fontsource/lato/package.json")), "files");

type FontWeight = 400 | 700;

/** The path of the shipped font. */
export const fontFile = (weight: FontWeight, format: "woff" | "woff2") =>
  join(LATO, `lato-latin-${weight}-normal.${format}`);

/**
 * Returns a function that maps text to its width in ems, as the sum of its advance widths. Kerning
 * is ignored. A character that the font lacks counts as the font's replacement glyph.
 *
 * font  a WOFF 1.0 file (https://www.w3.org/TR/WOFF/) with a `cmap` subtable of format 4
 */
function textWidths(font: Buffer): (text: string) => number {
  const unitsPerEm = tableOf(font, "head").readUInt16BE(18);
  const lastMetric = tableOf(font, "hhea").readUInt16BE(34) - 1;
  const metrics = tableOf(font, "hmtx");
  const glyphOf = glyphIndex(tableOf(font, "cmap"));
  const advance = (codePoint: number) => metrics.readUInt16BE(4 * Math.min(glyphOf(codePoint), lastMetric));
  return (text) => {
    const units = Array.from(text, (character) => advance(character.codePointAt(0) ?? 0));
    return units.reduce((sum, width) => sum + width, 0) / unitsPerEm;
  };
}

export const latoWidths = (weight: FontWeight) => textWidths(readFileSync(fontFile(weight, "woff")));

const HEADER_BYTES = 44;
const ENTRY_BYTES = 20;

/** One table of a WOFF file, decompressed. */
function tableOf(font: Buffer, tag: string): Buffer {
  const count = font.readUInt16BE(12);
  for (let i = 0; i < count; i++) {
    const entry = font.subarray(HEADER_BYTES + ENTRY_BYTES * i);
    if (entry.toString("latin1", 0, 4) !== tag) continue;
    const start = entry.readUInt32BE(4);
    const storedBytes = entry.readUInt32BE(8);
    const stored = font.subarray(start, start + storedBytes);
    return storedBytes < entry.readUInt32BE(12) ? inflateSync(stored) : stored;
  }
  throw new RangeError(`the font has no ${tag} table`);
}

/**
 * Returns a function that maps a code point to its glyph, 0 if the font has none.
 *
 * Source: OpenType `cmap` subtable format 4,
 * https://learn.microsoft.com/typography/opentype/spec/cmap
 */
function glyphIndex(cmap: Buffer): (codePoint: number) => number {
  const offsets = Array.from({ length: cmap.readUInt16BE(2) }, (_, i) => cmap.readUInt32BE(8 + 8 * i));
  const start = offsets.find((offset) => cmap.readUInt16BE(offset) === 4);
  if (start === undefined) throw new RangeError("the font has no cmap subtable of format 4");
  const table = cmap.subarray(start);
  // Four arrays of two-byte values, one value per segment of consecutive code points.
  const arrayBytes = table.readUInt16BE(6);
  const ends = 14;
  const starts = ends + arrayBytes + 2;
  const deltas = starts + arrayBytes;
  const rangeOffsets = deltas + arrayBytes;
  return (codePoint) => {
    for (let at = 0; at < arrayBytes; at += 2) {
      if (codePoint > table.readUInt16BE(ends + at)) continue;
      const first = table.readUInt16BE(starts + at);
      if (codePoint < first) return 0;
      const delta = table.readUInt16BE(deltas + at);
      const rangeOffset = table.readUInt16BE(rangeOffsets + at);
      if (rangeOffset === 0) return (codePoint + delta) & 0xffff;
      // The offset counts from its own position in the array.
      const glyph = table.readUInt16BE(rangeOffsets + at + rangeOffset + 2 * (codePoint - first));
      return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
    }
    return 0;
  };
}
