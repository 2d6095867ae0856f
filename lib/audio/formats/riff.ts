import { AppError } from "../../error.ts";
import { checkDuration, checkLayout, truncated, undecodable } from "../limits.ts";
import { latin1 } from "./bytes.ts";

type WavCodec = "pcm" | "float" | "a-law" | "mu-law";

export type WavLayout = {
  codec: WavCodec;
  /** Bits of one stored sample: 8, 16, 24 or 32 for pcm, 32 or 64 for float, else 8. */
  bits: number;
  channels: number;
  sampleRateHz: number;
  /** Byte offset of the first sample in the file. */
  dataOffset: number;
  /** Whole frames: one sample of each channel. */
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

/**
 * Data sizes of programs that write to a pipe: ffmpeg 0 or all ones, sox 0x7ffff000, arecord 2 GiB.
 */
const STREAMED = [0, 0xffff_ffff, 0x7fff_f000, 0x8000_0000];

/**
 * Returns where the samples of a WAV are and how they are stored.
 *
 * Every check of a WAV happens here, before a sample is read or memory is allocated: rows A2-A19 of
 * docs/bad-input.md. Layout: Multimedia Programming Interface and Data Specifications 1.0 (1991);
 * WAVE_FORMAT_EXTENSIBLE: mmreg.h.
 *
 * bytes  start with "RIFF"
 * Throws `audio-undecodable`, `audio-truncated`, `audio-too-long` and the `audio-unsupported-*`
 * slugs.
 */
export function readRiff(bytes: Uint8Array): WavLayout {
  if (bytes.length < 12) throw undecodable("The file ends inside its RIFF header. Send the whole WAV file.");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: Format | undefined;
  let data: Chunk | undefined;
  for (const chunk of chunks(bytes, view)) {
    if (chunk.id === "fmt ") {
      if (format) throw undecodable("The WAV file has two `fmt ` chunks. Rewrite the file with one.");
      format = readFormat(bytes, view, chunk);
    }
    if (chunk.id === "data") {
      if (!format)
        throw undecodable("The WAV file's `data` chunk comes before its `fmt ` chunk. Rewrite the file.");
      if (data) throw undecodable("The WAV file has two `data` chunks. Rewrite the file with one.");
      data = chunk;
    }
  }
  if (!format) throw undecodable("The WAV file has no `fmt ` chunk, so its sample format is unknown.");
  if (!data) throw undecodable("The WAV file has no `data` chunk, so it contains no samples.");
  return locate(bytes, format, data);
}

/** Far more than editors write. A file that was made to be slow has millions. */
const MAX_CHUNKS = 1000;

/**
 * Yields the chunks in order, at most `MAX_CHUNKS`, and stops at the first invalid one, because
 * trailing junk is allowed.
 */
function* chunks(bytes: Uint8Array, view: DataView): Generator<Chunk> {
  let at = 12;
  for (let count = 0; count < MAX_CHUNKS && at + 8 <= bytes.length; count++) {
    const id = latin1(bytes, at, at + 4);
    const size = view.getUint32(at + 4, true);
    const start = at + 8;
    if (!/^[\x20-\x7e]{4}$/.test(id)) return;
    yield { id, start, size };
    // A streamed data chunk runs to the end of the file: the bytes after it are samples, not
    // chunks.
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
    throw undecodable(
      `The WAV file's \`fmt \` chunk declares ${size} bytes. It must have at least 16, all present.`,
    );
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
      `The WAV file's samples are compressed (format tag 0x${tag.toString(16)}). Convert the file to 16-bit PCM.`,
    );
  }
  checkLayout(sampleRateHz, channels);
  if (!BITS[codec].includes(bits)) {
    throw undecodable(
      `The WAV file declares ${bits}-bit ${codec} samples, which don't exist. Convert the file to 16-bit PCM.`,
    );
  }
  if (blockAlign !== (channels * bits) / 8) {
    throw undecodable(
      `The WAV header is inconsistent: ${channels} channel(s) of ${bits} bits don't take ${blockAlign} bytes.`,
    );
  }
  return { codec, bits, channels, sampleRateHz };
}

/** Returns undefined for a subformat other than PCM and float. */
function subtype(bytes: Uint8Array, view: DataView, start: number, size: number): WavCodec | undefined {
  if (size < 40 || view.getUint16(start + 16, true) < 22) {
    throw undecodable("The WAV file's extensible `fmt ` chunk is too short to contain a sample format.");
  }
  if (view.getUint16(start + 18, true) > view.getUint16(start + 14, true)) {
    throw undecodable("The WAV file declares more valid bits per sample than bits per sample.");
  }
  if (latin1(bytes, start + 26, start + 40) !== SUBTYPE_TAIL) return undefined;
  const tag = view.getUint16(start + 24, true);
  return tag === 1 ? "pcm" : tag === 3 ? "float" : undefined;
}

function locate(bytes: Uint8Array, format: Format, data: Chunk): WavLayout {
  const block = (format.channels * format.bits) / 8;
  const present = bytes.length - data.start;
  const size = STREAMED.includes(data.size) ? dataBytes(bytes, data) : data.size;
  checkDuration(Math.floor(size / block), format.sampleRateHz, format.channels);
  if (size - present > block) {
    throw truncated(
      `The WAV file declares ${size} bytes of samples but contains ${present}. Send the whole file.`,
    );
  }
  return { ...format, dataOffset: data.start, frames: Math.floor(Math.min(size, present) / block) };
}

/** If another chunk follows, a size of 0 is real: the recording is empty. */
function dataBytes(bytes: Uint8Array, data: Chunk): number {
  return data.size === 0 && isKnown(bytes, data.start) ? 0 : bytes.length - data.start;
}
