import { AppError } from "../../error.ts";
import type { ByteSource } from "../byte-source.ts";
import { checkDuration, checkLayout, type Limits, truncated, undecodable } from "../limits.ts";
import type { Pcm } from "../types.ts";
import { atEnd, type Bits, bitsAt, reach, readBits } from "./bits.ts";
import { viewOf } from "./bytes.ts";
import { crc16Flac } from "./crc.ts";
import { type FramePlace, firstBrokenFrame } from "./flac-checksums.ts";
import { type FrameHeader, readFrameHeader, type StreamInfo } from "./flac-header.ts";
import { checkFrames, countSamples, follows } from "./flac-length.ts";
import { readSubframe } from "./flac-subframe.ts";
import { withoutTrailingTags } from "./tags.ts";

const STREAMINFO = 0;
const LAST_BLOCK = 0x80;

/** RFC 9639, section 8.2: only the last block may be shorter. */
const MIN_BLOCK = 16;
/** Encoders write frames of at most 410 kB: 65,535 samples of two channels, not compressed. */
const MAX_FRAME_BYTES = 524_288;
const STREAMINFO_BYTES = 34;

type Opened = {
  source: ByteSource;
  info: StreamInfo;
  /** Offset of the first frame. */
  start: number;
  /** Per channel, as the header states them or as counted. */
  samples: number;
};

/**
 * Decodes FLAC with 1 or 2 channels of 4 to 24 bits, at the file's rate. RFC 9639.
 *
 * Requires that every frame has correct checksums and follows the one before it, which is checked
 * before any is decoded. Only one frame is decoded at a time, and decoding stops at the limit on
 * the length, whatever the header declares. Bytes after the declared last sample are ignored, and
 * so is an ID3v1 or APE tag at the end.
 *
 * We decode FLAC ourselves because the packages on npm don't fit: libflacjs 5.6.0 can't load its
 * WebAssembly with Node's fetch, and @wasm-audio-decoders/flac includes an LGPL parser.
 */
export async function decodeFlac(file: ByteSource, limits: Limits): Promise<Pcm> {
  const opened = openFlac(file, limits);
  const { source, info, start } = opened;
  const { sampleRateHz, channels } = info;
  const broken = firstBrokenFrame(source, start, info, limits);
  // Decoding from there throws what is wrong.
  if (broken) for (const _ of readFrames(opened, limits, broken));
  return { sampleRateHz, channels, blocks: readFrames(opened, limits) };
}

/** Counts the samples if the file doesn't state their number. */
export function flacSeconds(file: ByteSource, limits: Limits): number {
  const { info, samples } = openFlac(file, limits);
  return samples / info.sampleRateHz;
}

/** Checks the length. */
function openFlac(file: ByteSource, limits: Limits): Opened {
  const source = withoutTrailingTags(file);
  const { info, start } = readMetadata(source, limits);
  const { totalSamples, maxBlock } = info;
  if (totalSamples !== undefined) checkFrames(totalSamples / Math.max(1, maxBlock), totalSamples, limits);
  const samples = totalSamples ?? countSamples(source, start, info, limits);
  return { source, info, start, samples };
}

function* readFrames(
  { source, info, start: first }: Opened,
  limits: Limits,
  from: FramePlace = { at: first, frames: 0, samples: 0, previous: undefined },
): Generator<Float32Array[]> {
  const bits = bitsAt(source, from.at);
  const buffers = Array.from({ length: info.channels }, () => ({
    coded: new Int32Array(info.maxBlock),
    scaled: new Float32Array(info.maxBlock),
  }));
  let { samples, frames, previous } = from;
  while (info.totalSamples === undefined ? !atEnd(bits, source) : samples < info.totalSamples) {
    if (atEnd(bits, source))
      throw truncated("The FLAC file ends before its last sample. Send the whole file.");
    reach(bits, source, MAX_FRAME_BYTES);
    const start = bits.at >> 3;
    const header = readFrameHeader(bits, info);
    checkFollows(header, previous);
    checkFrames(++frames, samples, limits);
    checkDuration(samples + header.blockSize, info.sampleRateHz, info.channels, limits);
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

/** Returns STREAMINFO, which must be the first block, and where the first frame starts. */
function readMetadata(file: ByteSource, limits: Limits): { info: StreamInfo; start: number } {
  let info: StreamInfo | undefined;
  let start = 4;
  for (let more = true; more; ) {
    const head = file.read(start, 4);
    const size = head.length < 4 ? 0 : viewOf(head).getUint32(0) & 0xff_ffff;
    const end = start + 4 + size;
    if (head.length < 4 || end > file.size)
      throw truncated("The FLAC file ends inside its header. Send the whole file.");
    const first = info === undefined;
    if (first !== ((head[0] & 0x7f) === STREAMINFO) || (first && size !== STREAMINFO_BYTES)) {
      throw undecodable(
        "The FLAC file must start with one STREAMINFO block of 34 bytes. Encode the file again.",
      );
    }
    info ??= readStreamInfo(file.read(start + 4, STREAMINFO_BYTES), limits);
    start = end;
    more = (head[0] & LAST_BLOCK) === 0;
  }
  if (!info) throw undecodable("The FLAC file has no STREAMINFO block. Encode the file again.");
  return { info, start };
}

function readStreamInfo(block: Uint8Array, limits: Limits): StreamInfo {
  const bits: Bits = { bytes: block, offset: 0, at: 16 };
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
  checkDuration(total, sampleRateHz, channels, limits);
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
    throw undecodable(
      `The FLAC frame at byte ${bits.offset + start} has a wrong checksum. Send an intact file.`,
    );
  }
}
