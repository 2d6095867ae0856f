import { ascii, concat } from "../support/wav.ts";

export const big16 = (x: number): Uint8Array => Uint8Array.of((x >> 8) & 255, x & 255);
export const big32 = (x: number): Uint8Array => concat(big16(Math.floor(x / 65_536)), big16(x & 65_535));
export const big64 = (x: number): Uint8Array => concat(big32(Math.floor(x / 2 ** 32)), big32(x % 2 ** 32));

/** A box of an MP4 file. `size`: what it states, if that isn't its length */
export function box(type: string, parts: readonly Uint8Array[], size?: number): Uint8Array {
  const content = concat(...parts);
  return concat(big32(size ?? content.length + 8), ascii(type), content);
}

/** A box with a version and flags. */
export const fullBox = (type: string, parts: readonly Uint8Array[], flags = 0): Uint8Array =>
  box(type, [big32(flags), ...parts]);

/** AAC-LC, 16 kHz, mono. */
export const AAC_LC = Uint8Array.of(0x14, 0x08);

const descriptor = (tag: number, content: Uint8Array): Uint8Array =>
  concat(Uint8Array.of(tag, 0x80, 0x80, 0x80, content.length), content);

/** An `mp4a` sample entry. config: an AudioSpecificConfig. objectType: of the decoder */
export function mp4a(config: Uint8Array = AAC_LC, objectType = 0x40): Uint8Array {
  const decoder = concat(Uint8Array.of(objectType, 0x15), new Uint8Array(11), descriptor(5, config));
  const stream = concat(big16(1), Uint8Array.of(0), descriptor(4, decoder), descriptor(6, Uint8Array.of(2)));
  return sampleEntry("mp4a", [fullBox("esds", [descriptor(3, stream)])]);
}

export const sampleEntry = (type: string, boxes: readonly Uint8Array[]): Uint8Array =>
  box(type, [
    new Uint8Array(6),
    big16(1),
    new Uint8Array(8),
    big16(1),
    big16(16),
    new Uint8Array(8),
    ...boxes,
  ]);

export type Tables = { stsz: Uint8Array; stsc: Uint8Array; stco: Uint8Array };

/** Tables for packets that follow each other from byte `start` on, in one chunk. */
export const tablesOf = (sizes: readonly number[], start: number): Tables => ({
  stsz: fullBox("stsz", [big32(0), big32(sizes.length), ...sizes.map(big32)]),
  stsc: fullBox("stsc", [big32(1), big32(1), big32(sizes.length), big32(1)]),
  stco: fullBox("stco", [big32(1), big32(start)]),
});

type Track = { entry?: Uint8Array; tables: Tables; edits?: Uint8Array; mvex?: Uint8Array; rateHz?: number };

export function movieBox({ entry = mp4a(), tables, edits, mvex, rateHz = 16_000 }: Track): Uint8Array {
  const times = (scale: number) => [big32(0), big32(0), big32(scale), big32(0)];
  const media = box("mdia", [
    fullBox("mdhd", [...times(rateHz), big32(0)]),
    fullBox("hdlr", [big32(0), ascii("soun"), new Uint8Array(13)]),
    box("minf", [box("stbl", [fullBox("stsd", [big32(1), entry]), tables.stsz, tables.stsc, tables.stco])]),
  ]);
  const header = fullBox("tkhd", [big32(0), big32(0), big32(1), new Uint8Array(68)]);
  const track = box("trak", [header, ...(edits ? [box("edts", [edits])] : []), media]);
  return box("moov", [fullBox("mvhd", [...times(1000), new Uint8Array(80)]), track, ...(mvex ? [mvex] : [])]);
}

const FILE_TYPE = box("ftyp", [ascii("M4A "), big32(0), ascii("M4A ")]);

/** A file whose sound comes first. The chunk starts at byte 28. */
export function mp4(packets: readonly Uint8Array[], options: Partial<Track> = {}): Uint8Array {
  const sizes = packets.map(({ length }) => length);
  const tables = tablesOf(sizes, FILE_TYPE.length + 8);
  return concat(FILE_TYPE, box("mdat", packets), movieBox({ tables, ...options }));
}

/** Silence in one AAC frame of 1024 samples: a channel without bands, and the end. */
export const silentFrame = Uint8Array.of(0, 0, 0, 0x07);
