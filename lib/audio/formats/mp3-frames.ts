import type { ByteSource } from "../byte-source.ts";
import { undecodable } from "../limits.ts";
import { latin1 } from "./bytes.ts";

type Frame = { length: number; samples: number; sampleRateHz: number; channels: 1 | 2 };

/** kbit/s by code, of MPEG-1 and of MPEG-2 and 2.5, layer III. ISO/IEC 11172-3 and 13818-3. */
const BITRATES_1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const BITRATES_2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const RATES_HZ = [44_100, 48_000, 32_000];
/** By the version's code: MPEG-2.5, reserved, MPEG-2, MPEG-1. */
const DIVIDERS = [4, 0, 2, 1];
/** Bytes between frames, in all. Cut files have up to one frame of them. */
const MAX_JUNK = 65_536;

/**
 * Returns the layout of the first frame and the samples per channel of all frames, without those of
 * the header frame that encoders write first. Decodes nothing.
 *
 * Throws `audio-undecodable` if there is no frame, if the layout changes, or for more than 64 kB
 * between frames.
 */
export function countFrames(file: ByteSource): { sampleRateHz: number; channels: number; frames: number } {
  let first: Frame | undefined;
  let frames = 0;
  let junk = 0;
  for (let at = 0; at + 4 <= file.size; ) {
    const frame = frameAt(file.read(at, 4), first);
    if (!frame || (!first && !follows(file, at, frame))) {
      at++;
      if (++junk > MAX_JUNK) throw damaged();
      continue;
    }
    if (!(first === undefined && isHeaderFrame(file.read(at, 48)))) frames += frame.samples;
    first ??= frame;
    at += frame.length;
  }
  if (!first) throw damaged();
  return { sampleRateHz: first.sampleRateHz, channels: first.channels, frames };
}

/**
 * Returns the frame that starts with these four bytes. Undefined if none does, or if it differs
 * from the first.
 */
function frameAt(head: Uint8Array, first: Frame | undefined): Frame | undefined {
  const version = (head[1] >> 3) & 3;
  const rate = RATES_HZ[(head[2] >> 2) & 3];
  const code = head[2] >> 4;
  const isLayer3 = head[0] === 0xff && (head[1] & 0xe6) === 0xe2;
  if (!isLayer3 || version === 1 || rate === undefined || code === 15 || code === 0) return undefined;
  const sampleRateHz = rate / DIVIDERS[version];
  const samples = version === 3 ? 1152 : 576;
  const kbits = (version === 3 ? BITRATES_1 : BITRATES_2)[code];
  const length = Math.floor((samples / 8) * ((kbits * 1000) / sampleRateHz)) + ((head[2] >> 1) & 1);
  const channels = head[3] >> 6 === 3 ? 1 : 2;
  if (first && (first.sampleRateHz !== sampleRateHz || first.channels !== channels)) return undefined;
  return { length, samples, sampleRateHz, channels };
}

/** Whether the next frame, or the end of the file, comes where this frame's length says. */
function follows(file: ByteSource, at: number, frame: Frame): boolean {
  const next = at + frame.length;
  return next === file.size || frameAt(file.read(next, 4), frame) !== undefined;
}

/** Xing and Info are at an offset that depends on the layout; VBRI has one place. */
function isHeaderFrame(frame: Uint8Array): boolean {
  return /Xing|Info|VBRI/.test(latin1(frame, 4, 48));
}

function damaged() {
  return undecodable("The MP3 file is damaged, or its bit rate is free-format. Encode the file again.");
}
