import { undecodable } from "../limits.ts";
import type { Bits } from "./bits.ts";
import { type FrameHeader, readFrameHeader, type StreamInfo } from "./flac-header.ts";

/**
 * Sync codes that start no frame. Coded audio has one in 64 kB, so only a file that was made to be
 * slow has more of them.
 */
const MAX_FALSE_STARTS = 2_000;
/** The smallest blocks that encoders write. A file may have any number of them. */
const SMALL_BLOCK = 192;
/** Further frames, for files in smaller blocks: 120 s at 16 kHz in blocks of 64 samples. */
const MAX_SMALLER = 20_000;

/**
 * Returns the samples per channel of a FLAC file without decoding it, by looking for the header of
 * each frame. It can return fewer than the file has, if the file is damaged or was made to mislead.
 *
 * bits  at the first frame; not moved
 * Throws `audio-undecodable` for too many frames.
 */
export function countSamples(bits: Bits, info: StreamInfo): number {
  const { bytes } = bits;
  let samples = 0;
  let frames = 0;
  let falseStarts = 0;
  let previous: FrameHeader | undefined;
  for (let at = bits.at >> 3; falseStarts < MAX_FALSE_STARTS; ) {
    at = bytes.indexOf(0xff, at);
    if (at < 0) break;
    if ((bytes[at + 1] & 0xfe) === 0xf8) {
      const header = headerAt(bytes, at, info);
      if (header && follows(header, previous)) {
        samples += header.blockSize;
        checkFrames(++frames, samples);
        previous = header;
      } else falseStarts++;
    }
    at++;
  }
  return samples;
}

/** Each frame takes time, however few samples it has. */
export function checkFrames(frames: number, samples: number): void {
  if (frames <= MAX_SMALLER + samples / SMALL_BLOCK) return;
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

function headerAt(bytes: Uint8Array, at: number, info: StreamInfo): FrameHeader | undefined {
  try {
    return readFrameHeader({ bytes, at: at * 8 }, info);
  } catch {
    return undefined;
  }
}
