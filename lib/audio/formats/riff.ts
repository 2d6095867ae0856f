/**
 * The WAV header, walked strictly. Every check happens here, before a sample is touched or anything is allocated:
 * the rows A2-A19 of docs/bad-input.md. Layout: Multimedia Programming Interface and Data Specifications 1.0 (1991);
 * WAVE_FORMAT_EXTENSIBLE: mmreg.h.
 */
import { AppError } from "../../error.ts";
import { checkDuration, checkLayout, truncated, undecodable } from "../limits.ts";
import { latin1 } from "./bytes.ts";

export type WavCodec = "pcm" | "float" | "a-law" | "mu-law";

export type WavLayout = {
  codec: WavCodec;
  /** Of one stored sample: 8, 16, 24 or 32 for pcm, 32 or 64 for float, else 8. */
  bits: number;
  channels: number;
  sampleRateHz: number;
  /** Where the samples lie in the file, cut to whole frames (one sample of each channel). */
  dataOffset: number;
  frames: number;
};

type Format = Pick<WavLayout, "codec" | "bits" | "channels" | "sampleRateHz">;
type Chunk = { id: string; start: number; size: number };

const CODECS: Readonly<Record<number, WavCodec>> = { 1: "pcm", 3: "float", 6: "a-law", 7: "mu-law" };
const EXTENSIBLE = 0xfffe;
/** The last 14 bytes of KSDATAFORMAT_SUBTYPE_*: the first two are the format tag. */
const SUBTYPE_TAIL = "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71";
const BITS: Readonly<Record<WavCodec, readonly number[]>> = {
  pcm: [8, 16, 24, 32],
  float: [32, 64],
  "a-law": [8],
  "mu-law": [8],
};

/** What writers to a pipe leave as data size: ffmpeg and others 0 or all ones, sox 0x7ffff000, arecord 2 GiB. */
const STREAMED = [0, 0xffff_ffff, 0x7fff_f000, 0x8000_0000];

/** Bytes that start with "RIFF" -> where the samples are and what they are. */
export function readRiff(bytes: Uint8Array): WavLayout {
  if (bytes.length < 12) throw undecodable("The file ends inside its RIFF header. Send the whole WAV file.");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: Format | undefined;
  let data: Chunk | undefined;
  for (const chunk of chunks(bytes, view)) {
    if (chunk.id === "fmt ") {
      if (format) throw undecodable("The WAV has two `fmt ` chunks. Write it anew with one.");
      format = readFormat(bytes, view, chunk);
    }
    if (chunk.id === "data") {
      if (!format)
        throw undecodable("The WAV's samples come before its `fmt ` chunk, so nothing says what they are.");
      if (data) throw undecodable("The WAV has two `data` chunks. Write it anew with one.");
      data = chunk;
    }
  }
  if (!format) throw undecodable("The WAV has no `fmt ` chunk, so nothing says what its samples are.");
  if (!data) throw undecodable("The WAV has no `data` chunk: there are no samples in it.");
  return locate(bytes, format, data);
}

/** Yields chunks in order; ends at the first that cannot be one, since trailing junk is allowed. */
function* chunks(bytes: Uint8Array, view: DataView): Generator<Chunk> {
  let at = 12;
  while (at + 8 <= bytes.length) {
    const id = latin1(bytes, at, at + 4);
    const size = view.getUint32(at + 4, true);
    const start = at + 8;
    if (!/^[\x20-\x7e]{4}$/.test(id)) return;
    yield { id, start, size };
    // A streamed data chunk runs to the end of the file: what follows are samples, not chunks.
    if (id === "data" && STREAMED.includes(size) && !(size === 0 && isKnown(bytes, start))) return;
    const end = start + size;
    if (end > bytes.length) return;
    // Chunks are padded to even length, but some writers forget.
    at = size % 2 === 1 && !isKnown(bytes, end) ? end + 1 : end;
  }
}

function isKnown(bytes: Uint8Array, at: number): boolean {
  return ["fmt ", "data", "LIST", "fact"].includes(latin1(bytes, at, at + 4));
}

function readFormat(bytes: Uint8Array, view: DataView, { start, size }: Chunk): Format {
  if (size < 16 || start + size > bytes.length) {
    throw undecodable(`The WAV's \`fmt \` chunk claims ${size} bytes; at least 16 must be there.`);
  }
  const tag = view.getUint16(start, true);
  const channels = view.getUint16(start + 2, true);
  const sampleRateHz = view.getUint32(start + 4, true);
  const blockAlign = view.getUint16(start + 12, true);
  const bits = view.getUint16(start + 14, true);
  const codec = tag === EXTENSIBLE ? subtype(bytes, view, start, size) : CODECS[tag];
  if (!codec) {
    throw new AppError(
      "audio-unsupported-codec",
      `The WAV's samples are compressed (format tag 0x${tag.toString(16)}). Convert it to 16-bit PCM.`,
    );
  }
  checkLayout(sampleRateHz, channels);
  if (!BITS[codec].includes(bits)) {
    throw undecodable(
      `The WAV declares ${bits}-bit ${codec} samples, which do not exist. Convert it to 16-bit PCM.`,
    );
  }
  if (blockAlign !== (channels * bits) / 8) {
    throw undecodable(
      `The WAV's header contradicts itself: ${channels} channel(s) of ${bits} bits do not make ${blockAlign} bytes.`,
    );
  }
  return { codec, bits, channels, sampleRateHz };
}

/** Undefined for a subformat other than PCM and float. */
function subtype(bytes: Uint8Array, view: DataView, start: number, size: number): WavCodec | undefined {
  if (size < 40 || view.getUint16(start + 16, true) < 22) {
    throw undecodable("The WAV's extensible `fmt ` chunk is too short to name its sample format.");
  }
  if (view.getUint16(start + 18, true) > view.getUint16(start + 14, true)) {
    throw undecodable("The WAV declares more valid bits in a sample than a sample has.");
  }
  if (latin1(bytes, start + 26, start + 40) !== SUBTYPE_TAIL) return undefined;
  const tag = view.getUint16(start + 24, true);
  return tag === 1 ? "pcm" : tag === 3 ? "float" : undefined;
}

function locate(bytes: Uint8Array, format: Format, data: Chunk): WavLayout {
  const block = (format.channels * format.bits) / 8;
  const present = bytes.length - data.start;
  const size = STREAMED.includes(data.size) ? dataBytes(bytes, data) : data.size;
  checkDuration(Math.floor(size / block), format.sampleRateHz);
  if (size - present > block) {
    throw truncated(
      `The WAV declares ${size} bytes of samples, but ${present} are there. Send the whole file.`,
    );
  }
  return { ...format, dataOffset: data.start, frames: Math.floor(Math.min(size, present) / block) };
}

/** A size of 0 before another chunk is meant: the recording is empty. */
function dataBytes(bytes: Uint8Array, data: Chunk): number {
  return data.size === 0 && isKnown(bytes, data.start) ? 0 : bytes.length - data.start;
}
