import { AppError } from "../../error.ts";
import { checkDuration, checkLayout, truncated, undecodable } from "../limits.ts";
import type { Pcm } from "../types.ts";
import { type Bits, readBits } from "./bits.ts";
import { crc16Flac } from "./crc.ts";
import { type FrameHeader, readFrameHeader, type StreamInfo } from "./flac-header.ts";
import { readSubframe } from "./flac-subframe.ts";

const STREAMINFO = 0;
const LAST_BLOCK = 0x80;

/**
 * Decodes FLAC with 1 or 2 channels of 4 to 24 bits, at the file's rate. RFC 9639.
 *
 * Requires that every frame has correct checksums and follows the one before it. Memory grows with
 * the decoded samples, not with the length in the header, and decoding stops at 120 s. Bytes after
 * the declared last sample are ignored.
 *
 * We decode FLAC ourselves because the packages on npm don't fit: libflacjs 5.6.0 can't load its
 * WebAssembly with Node's fetch, and @wasm-audio-decoders/flac includes an LGPL parser.
 */
export async function decodeFlac(bytes: Uint8Array): Promise<Pcm> {
  const bits: Bits = { bytes, at: 32 };
  const info = readMetadata(bits);
  const blocks: Float32Array[][] = [];
  let samples = 0;
  let previous: FrameHeader | undefined;
  while (info.totalSamples === undefined ? bits.at < bytes.length * 8 : samples < info.totalSamples) {
    if (bits.at >= bytes.length * 8)
      throw truncated("The FLAC file ends before its last sample. Send the whole file.");
    const start = bits.at >> 3;
    const header = readFrameHeader(bits, info);
    checkFollows(header, previous);
    checkDuration(samples + header.blockSize, info.sampleRateHz);
    const block = readFrame(bits, header, info);
    checkFooter(bits, start);
    blocks.push(block);
    samples += header.blockSize;
    previous = header;
  }
  const length = info.totalSamples ?? samples;
  const channels = Array.from({ length: info.channels }, (_, channel) => join(blocks, channel, length));
  return { sampleRateHz: info.sampleRateHz, channels };
}

/** Returns STREAMINFO, which must be the first block, and moves `bits` to the first frame. */
function readMetadata(bits: Bits): StreamInfo {
  let info: StreamInfo | undefined;
  for (let more = true; more; ) {
    const head = readBits(bits, 8);
    const end = bits.at + 24 + readBits(bits, 24) * 8;
    if (end > bits.bytes.length * 8)
      throw truncated("The FLAC file ends inside its header. Send the whole file.");
    const first = info === undefined;
    if (first !== ((head & 0x7f) === STREAMINFO) || (first && end - bits.at !== 34 * 8)) {
      throw undecodable(
        "The FLAC file must start with one STREAMINFO block of 34 bytes. Encode the file again.",
      );
    }
    info ??= readStreamInfo(bits);
    bits.at = end;
    more = (head & LAST_BLOCK) === 0;
  }
  if (!info) throw undecodable("The FLAC file has no STREAMINFO block. Encode the file again.");
  return info;
}

function readStreamInfo(bits: Bits): StreamInfo {
  bits.at += 16;
  const maxBlock = readBits(bits, 16);
  bits.at += 48;
  const sampleRateHz = readBits(bits, 20);
  const channels = readBits(bits, 3) + 1;
  const depth = readBits(bits, 5) + 1;
  const total = readBits(bits, 4) * 2 ** 32 + readBits(bits, 32);
  checkLayout(sampleRateHz, channels);
  if (channels > 2) {
    throw new AppError(
      "audio-unsupported-layout",
      `The clip has ${channels} channels. Send one channel, or two with \`channel\` set to 0 or 1.`,
    );
  }
  if (depth > 24) {
    throw new AppError(
      "audio-unsupported-codec",
      `The FLAC file has ${depth}-bit samples, which aren't supported. Convert it to 16 bits.`,
    );
  }
  checkDuration(total, sampleRateHz);
  return { maxBlock, sampleRateHz, channels, bits: depth, totalSamples: total === 0 ? undefined : total };
}

/** Frame numbers count frames, or samples if block sizes vary. */
function checkFollows(header: FrameHeader, previous: FrameHeader | undefined): void {
  if (!previous) return;
  const next = previous.number + (previous.variable ? previous.blockSize : 1);
  if (header.variable !== previous.variable || header.number !== next) {
    throw undecodable("A frame in the middle of the FLAC file is missing. Send the whole file.");
  }
}

function readFrame(bits: Bits, header: FrameHeader, info: StreamInfo): Float32Array[] {
  const { blockSize, stereo } = header;
  const planes = Array.from({ length: info.channels }, (_, channel) => {
    const side = (channel === 1 && stereo !== "side-right") || (channel === 0 && stereo === "side-right");
    return readSubframe(bits, blockSize, info.bits + (stereo !== "none" && side ? 1 : 0));
  });
  if (stereo !== "none") undoStereo(planes[0], planes[1], stereo);
  return planes.map((plane) => scaled(plane, 2 ** (1 - info.bits)));
}

/** Uses a loop because Float32Array.from with a function takes ten times as long. */
function scaled(plane: Int32Array, scale: number): Float32Array {
  const out = new Float32Array(plane.length);
  for (let i = 0; i < plane.length; i++) out[i] = plane[i] * scale;
  return out;
}

/** Turns a and b into left and right, in place. RFC 9639, section 4.2. */
function undoStereo(a: Int32Array, b: Int32Array, stereo: "left-side" | "side-right" | "mid-side"): void {
  for (let i = 0; i < a.length; i++) {
    if (stereo === "left-side") b[i] = a[i] - b[i];
    if (stereo === "side-right") a[i] += b[i];
    if (stereo === "mid-side") {
      const mid = (a[i] << 1) | (b[i] & 1);
      const side = b[i];
      a[i] = (mid + side) >> 1;
      b[i] = (mid - side) >> 1;
    }
  }
}

function checkFooter(bits: Bits, start: number): void {
  bits.at = Math.ceil(bits.at / 8) * 8;
  const end = bits.at / 8;
  if (readBits(bits, 16) !== crc16Flac(bits.bytes, start, end)) {
    throw undecodable(`The FLAC frame at byte ${start} has a wrong checksum. Send an intact file.`);
  }
}

function join(blocks: readonly Float32Array[][], channel: number, length: number): Float32Array {
  const plane = new Float32Array(length);
  let at = 0;
  for (const block of blocks) {
    plane.set(block[channel].subarray(0, length - at), at);
    at += block[channel].length;
  }
  return plane;
}
