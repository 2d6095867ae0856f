import { AppError } from "../../error.ts";
import { checkDuration, checkLayout, truncated, undecodable } from "../limits.ts";
import type { Pcm } from "../types.ts";
import { type Bits, readBits } from "./bits.ts";
import { crc16Flac } from "./crc.ts";
import { type FrameHeader, readFrameHeader, type StreamInfo } from "./flac-header.ts";
import { checkFrames, countSamples, follows } from "./flac-length.ts";
import { readSubframe } from "./flac-subframe.ts";
import { withoutTrailingTags } from "./tags.ts";

const STREAMINFO = 0;
const LAST_BLOCK = 0x80;

/** RFC 9639, section 8.2: only the last block may be shorter. */
const MIN_BLOCK = 16;

/**
 * Decodes FLAC with 1 or 2 channels of 4 to 24 bits, at the file's rate. RFC 9639.
 *
 * Requires that every frame has correct checksums and follows the one before it. Only one frame is
 * in memory, and decoding stops at the limit on a clip's length, whatever the header declares.
 * Bytes after the declared last sample are ignored, and so is an ID3v1 or APE tag at the end.
 *
 * We decode FLAC ourselves because the packages on npm don't fit: libflacjs 5.6.0 can't load its
 * WebAssembly with Node's fetch, and @wasm-audio-decoders/flac includes an LGPL parser.
 */
export async function decodeFlac(bytes: Uint8Array): Promise<Pcm> {
  const { bits, info } = openFlac(bytes);
  return { sampleRateHz: info.sampleRateHz, channels: info.channels, blocks: readFrames(bits, info) };
}

/** Counts the samples if the file doesn't state their number. */
export function flacSeconds(bytes: Uint8Array): number {
  const { info, samples } = openFlac(bytes);
  return samples / info.sampleRateHz;
}

/** Checks the length. samples: per channel, as the header states them or as counted */
function openFlac(bytes: Uint8Array): { bits: Bits; info: StreamInfo; samples: number } {
  const bits: Bits = { bytes: withoutTrailingTags(bytes), at: 32 };
  const info = readMetadata(bits);
  const { totalSamples, maxBlock, sampleRateHz, channels } = info;
  const samples = totalSamples ?? countSamples(bits, info);
  if (totalSamples !== undefined) checkFrames(totalSamples / Math.max(1, maxBlock), totalSamples);
  else checkDuration(samples, sampleRateHz, channels);
  return { bits, info, samples };
}

function* readFrames(bits: Bits, info: StreamInfo): Generator<Float32Array[]> {
  const size = bits.bytes.length * 8;
  const buffers = Array.from({ length: info.channels }, () => ({
    coded: new Int32Array(info.maxBlock),
    scaled: new Float32Array(info.maxBlock),
  }));
  let samples = 0;
  let frames = 0;
  let previous: FrameHeader | undefined;
  while (info.totalSamples === undefined ? bits.at < size : samples < info.totalSamples) {
    if (bits.at >= size) throw truncated("The FLAC file ends before its last sample. Send the whole file.");
    const start = bits.at >> 3;
    const header = readFrameHeader(bits, info);
    checkFollows(header, previous);
    checkFrames(++frames, samples);
    checkDuration(samples + header.blockSize, info.sampleRateHz, info.channels);
    readFrame(
      bits,
      header,
      info,
      buffers.map(({ coded }) => coded.subarray(0, header.blockSize)),
    );
    checkFooter(bits, start);
    const count = Math.min(header.blockSize, (info.totalSamples ?? Number.POSITIVE_INFINITY) - samples);
    yield buffers.map(({ coded, scaled }) => scale(coded, 2 ** (1 - info.bits), scaled.subarray(0, count)));
    samples += header.blockSize;
    previous = header;
  }
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
  checkDuration(total, sampleRateHz, channels);
  return { maxBlock, sampleRateHz, channels, bits: depth, totalSamples: total === 0 ? undefined : total };
}

function checkFollows(header: FrameHeader, previous: FrameHeader | undefined): void {
  if (!previous) return;
  if (previous.blockSize < MIN_BLOCK) {
    throw undecodable(
      `A block of the FLAC file has fewer than ${MIN_BLOCK} samples and is not the last. Encode the file again.`,
    );
  }
  if (!follows(header, previous)) {
    throw undecodable("A frame in the middle of the FLAC file is missing. Send the whole file.");
  }
}

/** Fills `planes`, one per channel, each [block size]. */
function readFrame(bits: Bits, header: FrameHeader, info: StreamInfo, planes: readonly Int32Array[]): void {
  const { stereo } = header;
  for (const [channel, plane] of planes.entries()) {
    const side = (channel === 1 && stereo !== "side-right") || (channel === 0 && stereo === "side-right");
    readSubframe(bits, plane, info.bits + (stereo !== "none" && side ? 1 : 0));
  }
  if (stereo !== "none") undoStereo(planes[0], planes[1], stereo);
}

function scale(plane: Int32Array, factor: number, out: Float32Array): Float32Array {
  for (let i = 0; i < out.length; i++) out[i] = plane[i] * factor;
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
