import type { ByteSource } from "../byte-source.ts";
import { checkDuration, type Limits } from "../limits.ts";
import { crc16Flac } from "./crc.ts";
import type { FrameHeader, StreamInfo } from "./flac-header.ts";
import { checkFrames, FALSE_STARTS, follows, headerAt, syncCodes } from "./flac-length.ts";

/** A frame, and what comes before it. */
export type FramePlace = {
  at: number;
  frames: number;
  /** Per channel. */
  samples: number;
  previous: FrameHeader | undefined;
};

/** Bytes that are in memory at a time. */
const WINDOW = 1_048_576;
/** A header, a constant subframe and the checksum. */
const SHORTEST = 10;

/**
 * Returns the first frame that isn't intact, or isn't followed by the next one or by the end. It is
 * undefined if there is none. Decodes nothing: a frame ends where its checksum fits and the next
 * one starts. So damage at the end of a long file is found in a fraction of the time that decoding
 * takes.
 *
 * start  offset of the first frame
 * Throws `audio-undecodable` for too many frames, and `audio-too-long`.
 */
export function firstBrokenFrame(
  file: ByteSource,
  start: number,
  info: StreamInfo,
  limits: Limits,
): FramePlace | undefined {
  const { totalSamples, sampleRateHz, channels } = info;
  let place: FramePlace = { at: start, frames: 0, samples: 0, previous: undefined };
  let header: FrameHeader | undefined;
  let checked = start;
  let crc = 0;
  let falseStarts = 0;
  for (const { bytes, at, offset } of syncCodes(file, start)) {
    const sync = offset + at;
    if (header && sync < place.at + SHORTEST) continue;
    crc = crcOf(file, checked, sync, crc);
    checked = sync;
    if (crc !== 0) continue;
    const next = headerAt(bytes, at, info);
    if (!next || !follows(next, header)) {
      if (++falseStarts > FALSE_STARTS) return place;
      continue;
    }
    const samples: number = place.samples + (header?.blockSize ?? 0);
    place = { at: sync, frames: place.frames + 1, samples, previous: header };
    checkFrames(place.frames, samples, limits);
    checkDuration(samples + next.blockSize, sampleRateHz, channels, limits);
    header = next;
    if (totalSamples !== undefined && samples + next.blockSize >= totalSamples)
      return endsSomewhere(file, sync) ? undefined : place;
  }
  const isWhole = totalSamples === undefined && crcOf(file, checked, file.size, crc) === 0;
  return header && isWhole ? undefined : place;
}

function crcOf(file: ByteSource, from: number, to: number, start: number): number {
  let crc = start;
  for (let at = from; at < to; at += WINDOW) {
    const bytes = file.read(at, Math.min(WINDOW, to - at));
    crc = crc16Flac(bytes, 0, bytes.length, crc);
  }
  return crc;
}

/** Whether the last frame ends before the file does. */
function endsSomewhere(file: ByteSource, start: number): boolean {
  let crc = 0;
  for (let at = start; at < file.size; at += WINDOW) {
    const bytes = file.read(at, WINDOW);
    for (let i = 0; i < bytes.length; i++) {
      crc = crc16Flac(bytes, i, i + 1, crc);
      if (crc === 0 && at + i >= start + SHORTEST - 1) return true;
    }
  }
  return false;
}
