import type { ByteSource } from "../byte-source.ts";
import { checkDuration, type Limits, truncated, undecodable } from "../limits.ts";
import { latin1, viewOf } from "./bytes.ts";
import { framesIn, readFormat, type WavFormat } from "./wav-format.ts";

export type WavLayout = WavFormat & {
  /** Byte offset of the first sample in the file. */
  dataOffset: number;
  /** Bytes of samples that are present, in whole blocks except for the last block of ADPCM. */
  dataBytes: number;
  /** Samples per channel. */
  frames: number;
};

type Chunk = { id: string; start: number; size: number };

/**
 * Programs that write to a pipe, or before they know the length, state a size near 2 or 4 GiB:
 * ffmpeg all ones, sox 0x7ffff000, arecord 2 GiB, others these less their header. No request is
 * that large.
 */
const PLACEHOLDER = 0x7fff_0000;

/**
 * Returns where the samples of a WAV are and how they are stored.
 *
 * Every check of a WAV happens here, before a sample is read or memory is allocated: rows A2-A19 of
 * docs/bad-input.md. Layout: Multimedia Programming Interface and Data Specifications 1.0 (1991);
 * WAVE_FORMAT_EXTENSIBLE: mmreg.h.
 *
 * file  starts with "RIFF"
 * Throws `audio-undecodable`, `audio-truncated`, `audio-too-long` and the `audio-unsupported-*`
 * slugs.
 */
export function readRiff(file: ByteSource, limits: Limits): WavLayout {
  if (file.size < 12) throw undecodable("The file ends inside its RIFF header. Send the whole WAV file.");
  let format: WavFormat | undefined;
  let data: Chunk | undefined;
  for (const chunk of chunks(file)) {
    if (chunk.id === "fmt ") {
      if (format) throw undecodable("The WAV file has two `fmt ` chunks. Rewrite the file with one.");
      format = readFormat(file, chunk);
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
  return locate(file, format, data, limits);
}

/** Far more than editors write. A file that was made to be slow has millions. */
const MAX_CHUNKS = 1000;

/**
 * Yields the chunks in order, at most `MAX_CHUNKS`, and stops at the first invalid one, because
 * trailing junk is allowed.
 */
function* chunks(file: ByteSource): Generator<Chunk> {
  let at = 12;
  for (let count = 0; count < MAX_CHUNKS && at + 8 <= file.size; count++) {
    const { id, size } = chunkHead(file, at);
    const start = at + 8;
    if (!/^[\x20-\x7e]{4}$/.test(id)) return;
    yield { id, start, size };
    // A streamed data chunk runs to the end of the file: the bytes after it are samples, not
    // chunks.
    if (id === "data" && runsToEnd(file, { id, start, size })) return;
    const end = start + size;
    if (end > file.size) return;
    // Chunks are padded to even length, but some writers forget.
    at = size % 2 === 1 && !isKnown(file, end) ? end + 1 : end;
  }
}

/** The eight bytes must be present. */
function chunkHead(file: ByteSource, at: number): { id: string; size: number } {
  const head = file.read(at, 8);
  return { id: latin1(head, 0, 4), size: viewOf(head).getUint32(4, true) };
}

function isKnown(file: ByteSource, at: number): boolean {
  return ["fmt ", "data", "LIST", "fact"].includes(latin1(file.read(at, 4), 0, 4));
}

function locate(file: ByteSource, format: WavFormat, data: Chunk, limits: Limits): WavLayout {
  const present = file.size - data.start;
  const size = runsToEnd(file, data) ? present : data.size;
  checkDuration(framesIn(size, format), format.sampleRateHz, format.channels, limits);
  if (size - present > format.blockBytes) {
    throw truncated(
      `The WAV file declares ${size} bytes of samples but contains ${present}. Send the whole file.`,
    );
  }
  const dataBytes = Math.min(size, present);
  return { ...format, dataOffset: data.start, dataBytes, frames: framesIn(dataBytes, format) };
}

/**
 * Whether the samples run to the end of the file, whatever their size field says: it is a
 * placeholder, it is the size of the whole file, or the RIFF header claims bytes that neither it
 * nor another chunk has.
 */
function runsToEnd(file: ByteSource, { start, size }: Chunk): boolean {
  if (size === 0) return !isKnown(file, start);
  if (size >= PLACEHOLDER || size === file.size || size === file.size - 8) return true;
  const end = start + size;
  const claimed = chunkHead(file, 0).size + 8;
  return end < file.size - 1 && claimed === file.size && ![end, end + 1].some((at) => isChunk(file, at));
}

/** Whether a chunk with a plausible name starts here and ends within the file. */
function isChunk(file: ByteSource, at: number): boolean {
  if (at + 8 > file.size) return false;
  const { id, size } = chunkHead(file, at);
  return /^[\w ]{4}$/.test(id) && at + 8 + size <= file.size;
}
