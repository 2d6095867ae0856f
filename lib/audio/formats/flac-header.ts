import { undecodable } from "../limits.ts";
import { type Bits, readBits } from "./bits.ts";
import { crc8Flac } from "./crc.ts";

/** What STREAMINFO says about every frame. RFC 9639, section 8.2. */
export type StreamInfo = {
  maxBlock: number;
  sampleRateHz: number;
  channels: number;
  bits: number;
  /** Per channel; undefined if the encoder didn't know it. */
  totalSamples: number | undefined;
};

export type FrameHeader = {
  /** Samples per channel, 1..65535. */
  blockSize: number;
  /** The number of the frame, or of its first sample if block sizes vary. */
  number: number;
  /** Whether block sizes vary. */
  variable: boolean;
  stereo: "none" | "left-side" | "side-right" | "mid-side";
};

const SYNC = 0x3ffe;
const RATES_HZ = [0, 88_200, 176_400, 192_000, 8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000];
/** Bits per sample by code. 0: the same as in STREAMINFO. Code 3 is reserved. */
const DEPTHS = [0, 8, 12, undefined, 16, 20, 24, 32];
const STEREO = ["left-side", "side-right", "mid-side"] as const;

/**
 * Reads a frame header and checks it. RFC 9639, section 9.1.
 * Throws `audio-undecodable` if it breaks a rule, has a wrong checksum or contradicts STREAMINFO.
 */
export function readFrameHeader(bits: Bits, info: StreamInfo): FrameHeader {
  const start = bits.at >> 3;
  const place = bits.offset + start;
  const sync = readBits(bits, 14);
  const reserved = readBits(bits, 1);
  const variable = readBits(bits, 1) === 1;
  const sizeCode = readBits(bits, 4);
  const rateCode = readBits(bits, 4);
  const assignment = readBits(bits, 4);
  const depth = DEPTHS[readBits(bits, 3)];
  if (sync !== SYNC || reserved !== 0 || readBits(bits, 1) !== 0) throw damaged(place);
  const number = readNumber(bits, place);
  const blockSize = readBlockSize(bits, sizeCode);
  const rate = readRate(bits, rateCode);
  const checked = bits.at >> 3;
  if (readBits(bits, 8) !== crc8Flac(bits.bytes, start, checked)) throw damaged(place);
  const channels = assignment < 8 ? assignment + 1 : 2;
  const fits = channels === info.channels && assignment <= 10 && blockSize >= 1 && blockSize <= info.maxBlock;
  const same = (depth === 0 || depth === info.bits) && (rate === 0 || rate === info.sampleRateHz);
  if (!fits || !same)
    throw undecodable(`The FLAC frame at byte ${place} contradicts the file header. Encode the file again.`);
  return { blockSize, number, variable, stereo: assignment < 8 ? "none" : STEREO[assignment - 8] };
}

/** Coded like a character in UTF-8, extended to 36 bits. */
function readNumber(bits: Bits, place: number): number {
  const head = readBits(bits, 8);
  const ones = Math.clz32(~(head << 24));
  if (ones === 1 || ones > 7) throw damaged(place);
  if (ones === 0) return head;
  let number = head & (0x7f >> ones);
  for (let i = 1; i < ones; i++) {
    const byte = readBits(bits, 8);
    if (byte >> 6 !== 2) throw damaged(place);
    number = number * 64 + (byte & 0x3f);
  }
  return number;
}

/** Returns 0, which no frame may have, for the reserved code. */
function readBlockSize(bits: Bits, code: number): number {
  if (code === 0) return 0;
  if (code === 1) return 192;
  if (code <= 5) return 144 << code;
  if (code === 6) return readBits(bits, 8) + 1;
  if (code === 7) return readBits(bits, 16) + 1;
  return 1 << code;
}

/**
 * Returns Hz, 0 for "the same as in STREAMINFO", or NaN, which equals no rate, for the forbidden
 * code.
 */
function readRate(bits: Bits, code: number): number {
  if (code === 12) return readBits(bits, 8) * 1000;
  if (code === 13) return readBits(bits, 16);
  if (code === 14) return readBits(bits, 16) * 10;
  return RATES_HZ[code] ?? Number.NaN;
}

/** place: in the file */
function damaged(place: number) {
  return undecodable(
    `The FLAC file is damaged: no valid frame starts at byte ${place}. Send an intact file.`,
  );
}
