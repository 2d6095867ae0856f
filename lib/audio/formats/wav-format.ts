import { AppError } from "../../error.ts";
import type { ByteSource } from "../byte-source.ts";
import { checkLayout, undecodable } from "../limits.ts";
import { latin1, viewOf } from "./bytes.ts";
import { howToConvert } from "./convert.ts";

export type WavCodec = "pcm" | "float" | "a-law" | "mu-law" | "ima-adpcm" | "ms-adpcm";

export type WavFormat = {
  codec: WavCodec;
  /** Bits that one stored sample takes: 8, 16, 24 or 32 for pcm, 32 or 64 for float, 4 or 8. */
  bits: number;
  channels: number;
  sampleRateHz: number;
  /** Bytes of one sample of each channel, or of one block of ADPCM. */
  blockBytes: number;
};

const CODECS: Readonly<Record<number, WavCodec>> = {
  1: "pcm",
  2: "ms-adpcm",
  3: "float",
  6: "a-law",
  7: "mu-law",
  17: "ima-adpcm",
};
/** Format tags of codecs that are not decoded. Source: mmreg.h. */
const OTHER_CODECS: Readonly<Record<number, string>> = {
  49: "GSM 6.10",
  64: "G.721 ADPCM",
  69: "G.726 ADPCM",
  80: "MPEG audio",
  85: "MP3",
  100: "G.726 ADPCM",
  101: "G.722",
  655: "G.722",
  255: "AAC",
  353: "Windows Media",
};
const EXTENSIBLE = 0xfffe;
const EXTENSIBLE_SIZE = 40;
/** The last 14 bytes of KSDATAFORMAT_SUBTYPE_*: the first two are the format tag. */
const SUBTYPE_TAIL = "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71";
const BITS: Readonly<Record<WavCodec, readonly number[]>> = {
  pcm: [8, 16, 24, 32],
  float: [32, 64],
  "a-law": [8],
  "mu-law": [8],
  "ima-adpcm": [4],
  "ms-adpcm": [4],
};
/** Encoders write blocks of 256 bytes and more. Decoding smaller ones takes long. */
const MIN_BLOCK = 32;
/** Bytes per channel at the start of a block of ADPCM, and the samples in them. */
const BLOCK_HEADS: Readonly<Partial<Record<WavCodec, readonly [bytes: number, samples: number]>>> = {
  "ima-adpcm": [4, 1],
  "ms-adpcm": [7, 2],
};

/**
 * Reads a `fmt ` chunk. Recorders get single fields wrong, so a field that two others contradict is
 * ignored: the block align, the byte rate, or bits that are 0 or belong to the decoded samples.
 * WAVEFORMATEX and WAVE_FORMAT_EXTENSIBLE: mmreg.h. ADPCM: New Multimedia Data Types (Microsoft,
 * 1994).
 *
 * start, size  of the chunk's payload
 * Throws `audio-undecodable` and the `audio-unsupported-*` slugs.
 */
export function readFormat(file: ByteSource, { start, size }: { start: number; size: number }): WavFormat {
  if (size < 16 || start + size > file.size) {
    throw undecodable(
      `The WAV file's \`fmt \` chunk declares ${size} bytes. It must have at least 16, all present.`,
    );
  }
  const chunk = file.read(start, Math.min(size, EXTENSIBLE_SIZE));
  const view = viewOf(chunk);
  const tag = view.getUint16(0, true);
  const actual = tag === EXTENSIBLE ? subtype(chunk) : tag;
  const codec = actual === undefined ? undefined : CODECS[actual];
  if (!codec) throw unsupported(actual ?? tag);
  const fields: Fields = {
    channels: view.getUint16(2, true),
    sampleRateHz: view.getUint32(4, true),
    byteRate: view.getUint32(8, true),
    blockAlign: view.getUint16(12, true),
    bits: view.getUint16(14, true),
  };
  checkLayout(fields.sampleRateHz, fields.channels);
  const { channels, sampleRateHz } = fields;
  if (BLOCK_HEADS[codec])
    return { codec, bits: 4, channels, sampleRateHz, blockBytes: adpcmBlock(codec, fields) };
  const bits = storedBits(codec, fields);
  return { codec, bits, channels, sampleRateHz, blockBytes: (channels * bits) / 8 };
}

type Fields = { channels: number; sampleRateHz: number; byteRate: number; blockAlign: number; bits: number };

/** Returns the samples per channel in `size` bytes. The last block of ADPCM may be shorter. */
export function framesIn(size: number, { codec, channels, blockBytes }: WavFormat): number {
  const head = BLOCK_HEADS[codec];
  if (!head) return Math.floor(size / blockBytes);
  const [bytes, samples] = head;
  const inBlock = (length: number) =>
    length < bytes * channels ? 0 : samples + Math.floor(((length - bytes * channels) * 2) / channels);
  return Math.floor(size / blockBytes) * inBlock(blockBytes) + inBlock(size % blockBytes);
}

/** Samples of 9 to 15 bits are stored in 16, at the upper end, and so on. */
function storedBits(codec: WavCodec, { channels, sampleRateHz, byteRate, blockAlign, bits }: Fields): number {
  const allowed = BITS[codec];
  const stated = codec === "pcm" ? Math.ceil(bits / 8) * 8 : bits;
  const frame = (channels * stated) / 8;
  const aligned = (blockAlign * 8) / channels;
  if (allowed.includes(stated) && (blockAlign === frame || byteRate === sampleRateHz * frame)) return stated;
  const isLaw = codec === "a-law" || codec === "mu-law";
  if ((bits === 0 || isLaw) && byteRate === sampleRateHz * blockAlign && allowed.includes(aligned))
    return aligned;
  throw undecodable(
    allowed.includes(stated)
      ? `The WAV header is inconsistent: ${channels} channel(s) of ${bits} bits don't take ${blockAlign} bytes.`
      : `The WAV file declares ${bits}-bit ${codec} samples, which don't exist. Convert the file to 16-bit PCM.`,
  );
}

/** Blocks of IMA ADPCM hold whole groups of 4 bytes per channel. */
function adpcmBlock(codec: WavCodec, { channels, blockAlign }: Fields): number {
  const [head] = BLOCK_HEADS[codec] ?? [0];
  const data = blockAlign - head * channels;
  if (
    channels <= 2 &&
    blockAlign >= MIN_BLOCK * channels &&
    (codec === "ms-adpcm" || data % (4 * channels) === 0)
  )
    return blockAlign;
  throw undecodable(
    `The WAV file declares blocks of ${blockAlign} bytes, which can't hold ${channels} channel(s) of ${codec}.`,
  );
}

/** Returns undefined for a subformat that is not one of the numbered ones. */
function subtype(chunk: Uint8Array): number | undefined {
  if (chunk.length < EXTENSIBLE_SIZE) {
    throw undecodable("The WAV file's extensible `fmt ` chunk is too short to contain a sample format.");
  }
  if (latin1(chunk, 26, EXTENSIBLE_SIZE) !== SUBTYPE_TAIL) return undefined;
  return viewOf(chunk).getUint16(24, true);
}

function unsupported(tag: number): AppError {
  const name = OTHER_CODECS[tag];
  return new AppError(
    "audio-unsupported-codec",
    `The WAV file's samples are compressed with ${name ?? `an unknown codec (format tag 0x${tag.toString(16)})`}, ` +
      `which isn't supported. ${howToConvert(".wav")}`,
  );
}
