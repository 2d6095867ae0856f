import { checkDuration, truncated, undecodable } from "../limits.ts";
import { latin1 } from "./bytes.ts";
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
 * bytes  start with "RIFF"
 * Throws `audio-undecodable`, `audio-truncated`, `audio-too-long` and the `audio-unsupported-*`
 * slugs.
 */
export function readRiff(bytes: Uint8Array): WavLayout {
  if (bytes.length < 12) throw undecodable("The file ends inside its RIFF header. Send the whole WAV file.");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: WavFormat | undefined;
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
    if (id === "data" && runsToEnd(bytes, { id, start, size })) return;
    const end = start + size;
    if (end > bytes.length) return;
    // Chunks are padded to even length, but some writers forget.
    at = size % 2 === 1 && !isKnown(bytes, end) ? end + 1 : end;
  }
}

function isKnown(bytes: Uint8Array, at: number): boolean {
  return ["fmt ", "data", "LIST", "fact"].includes(latin1(bytes, at, at + 4));
}

function locate(bytes: Uint8Array, format: WavFormat, data: Chunk): WavLayout {
  const present = bytes.length - data.start;
  const size = runsToEnd(bytes, data) ? present : data.size;
  checkDuration(framesIn(size, format), format.sampleRateHz, format.channels);
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
function runsToEnd(bytes: Uint8Array, { start, size }: Chunk): boolean {
  if (size === 0) return !isKnown(bytes, start);
  if (size >= PLACEHOLDER || size === bytes.length || size === bytes.length - 8) return true;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = start + size;
  const claimed = view.getUint32(4, true) + 8;
  return (
    end < bytes.length - 1 &&
    claimed === bytes.length &&
    ![end, end + 1].some((at) => isChunk(bytes, view, at))
  );
}

/** Whether a chunk with a plausible name starts here and ends within the file. */
function isChunk(bytes: Uint8Array, view: DataView, at: number): boolean {
  if (at + 8 > bytes.length) return false;
  return (
    /^[\w ]{4}$/.test(latin1(bytes, at, at + 4)) && at + 8 + view.getUint32(at + 4, true) <= bytes.length
  );
}
