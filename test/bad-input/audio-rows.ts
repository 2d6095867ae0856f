/* The audio rows of docs/bad-input.md as bytes. Accepted files contain 3 s of synthetic speech. */
import { resample } from "../../lib/audio/features/resample.ts";
import type { Slug } from "../../lib/error.ts";
import { constantFlac } from "../audio/flac-writer.ts";
import { oggOpus, silence120 } from "../audio/ogg-writer.ts";
import {
  ascii,
  chunk,
  concat,
  encode,
  fmtChunk,
  riff,
  syntheticSpeech,
  uint16,
  uint32,
  wav,
} from "../support/wav.ts";
import type { AudioRow } from "./audio-row.ts";
import { containerRows } from "./container-rows.ts";

const speech = syntheticSpeech(3);
const data = chunk("data", encode([speech]));
const fmt = fmtChunk();
const good = riff(fmt, data);
/** Shifted by 1 ms, so that the channels differ. */
const other = speech.map((_, i) => speech[i + 16] ?? 0);
const list = (size: number) => chunk("LIST", ascii("INFOISFT\x04\0\0\0test"), size);
const withSample = (x: number) => speech.map((y, i) => (i === 20_000 ? x : y));
const extensible = (subTag: number, bits: number) => wav([speech], { tag: 0xfffe, subTag, bits });
/** 3 s of mu-law or A-law noise. */
const lawExtensible = (subTag: number) =>
  riff(
    fmtChunk({ tag: 0xfffe, subTag, bits: 8 }),
    chunk(
      "data",
      Uint8Array.from({ length: 48_000 }, (_, i) => (i * 89) & 255),
    ),
  );
/** The good file with another number in a header field of 16 bits, or 32 at offset 28. */
function withField(at: number, value: number): Uint8Array {
  const bytes = good.slice();
  bytes.set(at === 28 ? uint32(value) : uint16(value), at);
  return bytes;
}
function validBits(bits: number): Uint8Array {
  const bytes = extensible(1, 16).slice();
  bytes.set(uint16(bits), 38);
  return bytes;
}
/** WAVE_FORMAT_EXTENSIBLE with 6 bytes more than it needs. */
function longExtension(): Uint8Array {
  const payload = concat(fmtChunk({ tag: 0xfffe, subTag: 1 }).subarray(8), new Uint8Array(6));
  payload.set(uint16(28), 16);
  return riff(chunk("fmt ", payload), data);
}
const rated = (rateHz: number) => riff(fmtChunk({ rateHz }), data);
const shaped = (channels: number, bits: number, blockAlign?: number) =>
  riff(fmtChunk(blockAlign === undefined ? { channels, bits } : { channels, bits, blockAlign }), data);
/** An ID3v2.3 tag of 64 bytes. */
const id3 = concat(ascii("ID3\x03\0\0\0\0\0\x40TIT2\0\0\0\x05\0\0\0test"), new Uint8Array(49));
const named = (magic: string) => concat(ascii(magic), good.subarray(4));
const planes = (count: number) => wav(Array.from({ length: count }, () => speech));
const base64 = ascii(Buffer.from(good).toString("base64"));
/** A header for one second more than the limit. The header alone is enough to reject it. */
const long = (seconds: number) =>
  riff(fmtChunk({ rateHz: 8000, bits: 8 }), chunk("data", new Uint8Array(8000 * seconds).fill(128)));

function rows(
  row: string,
  slug: Slug | undefined,
  cases: Readonly<Record<string, Uint8Array>>,
  mediaType = "audio/wav",
): AudioRow[] {
  return Object.entries(cases).map(([name, bytes]) => ({ row, name, bytes, mediaType, slug }));
}

function telling(name: string, text: string, says: string, row = "A36"): AudioRow {
  return { row, name, bytes: ascii(text), mediaType: "audio/wav", slug: "audio-undecodable", says };
}

export const audioRows: readonly AudioRow[] = [
  ...rows("A0", undefined, {
    "plain 16-bit PCM": good,
    "8 kHz": wav([resample(speech, 16_000, 8_000)], { rateHz: 8_000 }),
  }),
  { row: "A0", name: "no media type", bytes: good, mediaType: undefined, slug: undefined },
  ...rows("A0", undefined, { "any bytes": good }, "application/octet-stream"),
  ...rows("A1", "empty-body", { "no bytes": new Uint8Array(0) }),
  ...rows("A2", "audio-undecodable", {
    "1 byte": Uint8Array.of(82),
    "RIFF and 7 bytes": good.slice(0, 11),
    "RIFF only": ascii("RIFF"),
    "12 bytes": good.slice(0, 12),
    "half a fmt chunk": good.slice(0, 30),
  }),
  telling("text", "Dear sir or madam, please find my voice attached.", "text", "A3"),
  telling("HTML", "<!doctype html><html><body>Not found</body></html>", "HTML", "A3"),
  ...[
    "video/mp4",
    "video/ogg",
    "audio/x-wave",
    "audio/x-pn-wav",
    "audio/x-opus+ogg",
    "audio/mpeg",
    "application/ogg",
  ].flatMap((type) => rows("A4", undefined, { [`a WAV as ${type}`]: good }, type)),
  ...rows("A4", "unsupported-media-type", { "a WAV as text/plain": good }, "text/plain"),
  ...rows("A4", "unsupported-media-type", { "a WAV as image/png": good }, "image/png"),
  ...rows("A5", "audio-unsupported-codec", {
    "MPEG layer 3": wav([speech], { tag: 0x55 }),
    "GSM 6.10": riff(fmtChunk({ tag: 0x31, bits: 0, blockAlign: 65 }), data),
    "format tag 0": wav([speech], { tag: 0 }),
    "extensible MPEG": extensible(0x50, 16),
  }),
  ...rows("A6", undefined, {
    "extensible 16-bit PCM": extensible(1, 16),
    "extensible 24-bit PCM": extensible(1, 24),
    "extensible 32-bit float": extensible(3, 32),
    "extensible mu-law": lawExtensible(7),
    "extensible A-law": lawExtensible(6),
  }),
  ...rows("A7", "audio-undecodable", {
    "fmt size 0": riff(chunk("fmt ", new Uint8Array(0)), data),
    "fmt size 14": riff(chunk("fmt ", fmt.slice(8, 22)), data),
    "fmt size 15": riff(chunk("fmt ", fmt.slice(8, 23)), data),
    "fmt size 4 GiB - 1": riff(chunk("fmt ", fmt.slice(8), 0xffff_ffff), data),
    "fmt size 4 GiB - 1 in 69 bytes": riff(chunk("fmt ", new Uint8Array(49), 0xffff_ffff, false)),
    "extensible without its extension": wav([speech], { tag: 0xfffe }),
  }),
  ...rows("A8", "audio-undecodable", {
    "data before fmt": riff(data, fmt),
    "two fmt": riff(fmt, fmt, data),
    "fmt again after data": riff(fmt, data, fmt),
    "two data": riff(fmt, data, data),
    "no data": riff(fmt),
    "no fmt": riff(list(16)),
  }),
  ...rows("A9", undefined, {
    "LIST past the end": concat(good, list(100_000)),
    "cue past the end": concat(good, chunk("cue ", uint32(0xffff_ffff), 0xffff_fff0)),
    "bext past the end": concat(good, chunk("bext", new Uint8Array(8), 602)),
    "a cue count of 4 billion": riff(fmt, chunk("cue ", uint32(0xffff_ffff)), data),
    "a smpl count of 4 billion": riff(fmt, chunk("smpl", new Uint8Array(36).fill(255)), data),
  }),
  ...rows("A10", undefined, {
    "data size all ones": riff(fmt, chunk("data", encode([speech]), 0xffff_ffff)),
    "data size 0, bytes follow": riff(fmt, chunk("data", encode([speech]), 0)),
    "RIFF size all ones too": concat(ascii("RIFF"), uint32(0xffff_ffff), good.subarray(8)),
    "sox to a pipe": riff(fmt, chunk("data", encode([speech]), 0x7fff_f000)),
    "arecord to a pipe": riff(fmt, chunk("data", encode([speech]), 0x8000_0000)),
  }),
  ...rows("A11", "audio-truncated", {
    "data 4 bytes too short": good.slice(0, -4),
    "half the file": good.slice(0, good.length >> 1),
    "header only": riff(fmt, chunk("data", new Uint8Array(0), 96_000)),
  }),
  ...rows("A11", undefined, {
    "data size that counts the header": riff(fmt, chunk("data", encode([speech]), good.length)),
    "data size that counts the header less 8": riff(fmt, chunk("data", encode([speech]), good.length - 8)),
    "data size of half the samples": riff(fmt, chunk("data", encode([speech]), encode([speech]).length >> 1)),
    "2 GiB less a header": riff(fmt, chunk("data", encode([speech]), 0x7fff_ffff - 36)),
    "4 GiB less a header": riff(fmt, chunk("data", encode([speech]), 0xffff_ffff - 44)),
  }),
  ...rows("A11", undefined, { "data one sample too short": good.slice(0, -2) }),
  ...rows("A12", undefined, {
    "odd chunk, no pad byte": riff(chunk("note", new Uint8Array(5), 5, false), fmt, data),
    "odd chunk, pad byte": riff(chunk("note", new Uint8Array(5)), fmt, data),
    "trailing junk": concat(
      good,
      Uint8Array.from({ length: 999 }, (_, i) => (i * 37) & 255),
    ),
    "3 trailing bytes": concat(good, ascii("end")),
  }),
  ...rows("A13", "audio-unsupported-container", {
    RF64: named("RF64"),
    BW64: named("BW64"),
    RIFX: named("RIFX"),
    "an AVI": concat(ascii("RIFF"), uint32(100), ascii("AVI "), good.subarray(12)),
  }),
  ...rows("A14", "audio-unsupported-layout", {
    "0 channels": shaped(0, 16),
    "255 channels": shaped(255, 16),
  }),
  ...rows("A15", "audio-unsupported-layout", {
    "2 channels that differ": wav([speech, other]),
    "3 channels": planes(3),
    "8 channels": planes(8),
  }),
  ...rows("A15", undefined, {
    "2 equal channels": planes(2),
    "voice left, silence right": wav([speech, speech.map(() => 0)]),
    "silence left, voice right": wav([speech.map(() => 0), speech]),
    "2 opposite channels": wav([speech, speech.map((x) => -x)]),
  }),
  ...rows("A16", "audio-unsupported-rate", {
    "0 Hz": rated(0),
    "1 Hz": rated(1),
    "4 kHz": rated(4000),
    "7999 Hz": rated(7999),
    "192001 Hz": rated(192_001),
    "4 GHz": rated(4_294_967_295),
  }),
  ...rows("A17", "audio-undecodable", {
    "block align 4 for mono": shaped(1, 16, 4),
    "block align 0": shaped(1, 16, 0),
    "ADPCM in blocks of 4 bytes": riff(fmtChunk({ tag: 0x11, bits: 4, blockAlign: 4 }), data),
    "0 bits, block align 3": riff(fmtChunk({ tag: 3, bits: 0, blockAlign: 3 }), data),
    "1 bit": shaped(1, 1, 0),
    "64-bit integers": shaped(1, 64),
    "16-bit float": wav([speech], { tag: 3, bits: 16 }),
  }),
  ...rows("A17", undefined, {
    "block align 1, the byte rate is right": withField(32, 1),
    "byte rate 0": withField(28, 0),
    "bits 0, block align and byte rate are right": withField(34, 0),
    "12 bits in 16": withField(34, 12),
    "mu-law that states the 16 bits of its decoded samples": riff(
      fmtChunk({ tag: 7, bits: 16, blockAlign: 1 }),
      chunk("data", new Uint8Array(48_000).fill(255)),
    ),
    "more valid bits than bits": validBits(32),
    "an extension of 28 bytes": longExtension(),
  }),
  ...rows("A18", "audio-invalid-samples", {
    "a NaN": wav([withSample(Number.NaN)], { tag: 3, bits: 32 }),
    "an infinity": wav([withSample(Number.POSITIVE_INFINITY)], { tag: 3, bits: 32 }),
    "minus infinity, 64 bits": wav([withSample(Number.NEGATIVE_INFINITY)], { tag: 3, bits: 64 }),
    "a NaN in both of two channels": wav([withSample(Number.NaN), withSample(Number.NaN)], {
      tag: 3,
      bits: 32,
    }),
  }),
  ...rows("A19", "audio-invalid-samples", {
    "1e30": wav([withSample(1e30)], { tag: 3, bits: 32 }),
    "1e300": wav([withSample(1e300)], { tag: 3, bits: 64 }),
    "int16 values as floats": wav([speech.map((x) => x * 32_768)], { tag: 3, bits: 32 }),
  }),
  ...rows("A19", undefined, { "a float peak of 1.2": wav([withSample(1.2)], { tag: 3, bits: 32 }) }),
  ...rows("A24", "audio-too-long", { "121 s": long(121) }),
  ...rows("A24", "audio-too-long", {
    "121 s of FLAC": constantFlac(Array(484).fill(0), { blockSize: 4000 }),
  }),
  ...rows("A25", "audio-too-long", {
    "75 min of FLAC that says so": constantFlac(Array(1100).fill(0), { blockSize: 65_520 }),
    "75 min of FLAC that does not": constantFlac(Array(1100).fill(0), { blockSize: 65_520, total: 0 }),
    "a FLAC that claims 2^36 - 1 samples": constantFlac([0], { total: 2 ** 36 - 1 }),
    "119 s of stereo FLAC at 192 kHz, more samples than 120 s at 48 kHz have": constantFlac(
      Array(350).fill(0),
      { blockSize: 65_520, rateHz: 192_000, channels: 2 },
    ),
    "75 min of Opus": oggOpus(Array<Uint8Array>(37_500).fill(silence120), 5760),
  }),
  telling(
    "base64 text",
    base64.slice(0, 4000).reduce((s, b) => s + String.fromCharCode(b), ""),
    "base64",
  ),
  telling("a path", "/home/alice/recordings/hello.wav", "path"),
  telling("a Windows path", "C:\\Users\\alice\\hello.wav", "path"),
  telling("a file name", "hello.wav", "path"),
  telling("a URL", "https://example.com/hello.wav", "URL"),
  telling("a data URL", "data:audio/wav;base64,UklGRiQAAABXQVZF", "data: URL"),
  telling("an S3 URL", "s3://bucket/hello.wav", "URL"),
  telling("JSON", '{"audio": {"base64": "UklGRg=="}}', "JSON"),
  ...rows("A37", undefined, {
    "an ID3v2 tag before a WAV": concat(id3, good),
    "two ID3v2 tags and zeros before a WAV": concat(id3, id3, new Uint8Array(50), good),
  }),
  ...rows("A38", "audio-undecodable", {
    "a WAV that was read as UTF-8 text": ascii(
      Buffer.from(Buffer.from(good).toString("utf8")).toString("latin1"),
    ),
    "a WAV that was written as Latin-1 text": new Uint8Array(
      Buffer.from(Buffer.from(good).toString("latin1"), "utf8"),
    ),
  }).map((row) => ({ ...row, says: "text encoding" })),
  ...rows("A31", undefined, {
    "ZIP behind a WAV": concat(
      good,
      ascii("PK\x03\x04\x14\0\0\0\x08\0"),
      new Uint8Array(200),
      ascii("PK\x05\x06"),
    ),
    "PDF behind a WAV": concat(good, ascii("%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF")),
  }),
  ...containerRows,
];
