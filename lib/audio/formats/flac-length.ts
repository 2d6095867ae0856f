import type { ByteSource } from "../byte-source.ts";
import { checkDuration, type Limits, undecodable } from "../limits.ts";
import { bitsAt } from "./bits.ts";
import { type FrameHeader, readFrameHeader, type StreamInfo } from "./flac-header.ts";

/**
 * Sync codes that start no frame. Coded audio has one in 64 kB, so only a file that was made to be
 * slow has more than these, and one in 32 kB.
 */
export const FALSE_STARTS = 2_000;
const BYTES_PER_FALSE_START = 32_768;
/** The longest header of a frame. */
const HEADER = 16;
/** The smallest blocks that encoders write. A file may have any number of them. */
const SMALL_BLOCK = 192;
/** Further frames, for files in smaller blocks: a minute at 16 kHz in blocks of 96 samples. */
const SMALLER_PER_MINUTE = 10_000;

/**
 * Returns the samples per channel of a FLAC file without decoding it, by looking for the header of
 * each frame. It can return fewer than the file has, if the file is damaged or was made to mislead.
 *
 * start  offset of the first frame
 * Throws `audio-undecodable` for too many frames, and `audio-too-long`.
 */
export function countSamples(file: ByteSource, start: number, info: StreamInfo, limits: Limits): number {
  const maxFalseStarts = FALSE_STARTS + file.size / BYTES_PER_FALSE_START;
  let samples = 0;
  let frames = 0;
  let falseStarts = 0;
  let previous: FrameHeader | undefined;
  for (const { bytes, at } of syncCodes(file, start)) {
    const header = headerAt(bytes, at, info);
    if (header && follows(header, previous)) {
      samples += header.blockSize;
      checkFrames(++frames, samples, limits);
      checkDuration(samples, info.sampleRateHz, info.channels, limits);
      previous = header;
    } else falseStarts++;
    if (falseStarts >= maxFalseStarts) break;
  }
  return samples;
}

type SyncCode = { bytes: Uint8Array; at: number; offset: number };

/** Yields where a frame can start: `at` in the bytes from `offset` of the file. */
export function* syncCodes(file: ByteSource, start: number): Generator<SyncCode> {
  for (let offset = start; offset < file.size; ) {
    const { bytes } = bitsAt(file, offset);
    const isLast = offset + bytes.length === file.size;
    // A header at the end of this part is found at the start of the next.
    const end = isLast ? bytes.length : bytes.length - HEADER;
    for (let at = bytes.indexOf(0xff); at >= 0 && at < end; at = bytes.indexOf(0xff, at + 1))
      if ((bytes[at + 1] & 0xfe) === 0xf8) yield { bytes, at, offset };
    offset += end;
  }
}

/** Each frame takes time, however few samples it has. */
export function checkFrames(frames: number, samples: number, { maxSeconds }: Limits): void {
  if (frames <= (maxSeconds / 60) * SMALLER_PER_MINUTE + samples / SMALL_BLOCK) return;
  throw undecodable(
    `The FLAC file has too many frames with fewer than ${SMALL_BLOCK} samples. Encode it again with blocks of 4096 ` +
      "samples.",
  );
}

/** Whether the frame numbers, which count frames or samples, are consecutive. */
export function follows(header: FrameHeader, previous: FrameHeader | undefined): boolean {
  if (!previous) return true;
  const next = previous.number + (previous.variable ? previous.blockSize : 1);
  return header.variable === previous.variable && header.number === next;
}

/** Returns the header that starts here; undefined if none does. */
export function headerAt(bytes: Uint8Array, at: number, info: StreamInfo): FrameHeader | undefined {
  try {
    return readFrameHeader({ bytes, offset: 0, at: at * 8 }, info);
  } catch {
    return undefined;
  }
}
