import { crc8Flac, crc16Flac } from "../../lib/audio/formats/crc.ts";
import { ascii, concat } from "../support/wav.ts";

type FlacOptions = {
  rateHz?: number;
  channels?: number;
  bits?: number;
  /** Samples per channel in each block, at most 65535. */
  blockSize?: number;
  /** Total samples in the header; 0: unknown. */
  total?: number;
};

/** Returns a FLAC file with one block for each value, in which every channel is constant. */
export function constantFlac(values: readonly number[], options: FlacOptions = {}): Uint8Array {
  const {
    rateHz = 16_000,
    channels = 1,
    bits = 16,
    blockSize = 4096,
    total = values.length * blockSize,
  } = options;
  const info = new Uint8Array(34);
  const view = new DataView(info.buffer);
  view.setUint16(0, blockSize);
  view.setUint16(2, blockSize);
  view.setUint32(10, ((rateHz << 12) | ((channels - 1) << 9) | ((bits - 1) << 4)) >>> 0);
  info[13] |= Math.floor(total / 2 ** 32);
  view.setUint32(14, total % 2 ** 32);
  const frames = values.map((value, i) => constantFrame(value, i, channels, bits, blockSize));
  return concat(ascii("fLaC"), Uint8Array.of(0x80, 0, 0, 34), info, ...frames);
}

/** Returns a mono file at 16 kHz whose samples aren't compressed. At most 2047 blocks of 4096. */
export function plainFlac(samples: Int16Array, total = samples.length): Uint8Array {
  const header = constantFlac([], { total });
  const frames: Uint8Array[] = [];
  for (let at = 0; at < samples.length; at += 4096) {
    const block = samples.subarray(at, at + 4096);
    const head = concat(
      Uint8Array.of(0xff, 0xf8, 0x70, 0),
      coded(at / 4096),
      Uint8Array.of((block.length - 1) >> 8, (block.length - 1) & 255),
    );
    const data = new Uint8Array(2 * block.length);
    const view = new DataView(data.buffer);
    for (const [i, sample] of block.entries()) view.setInt16(2 * i, sample);
    const frame = concat(head, Uint8Array.of(crc8Flac(head, 0, head.length)), Uint8Array.of(2), data);
    const crc = crc16Flac(frame, 0, frame.length);
    frames.push(frame, Uint8Array.of(crc >> 8, crc & 255));
  }
  return concat(header, ...frames);
}

function constantFrame(value: number, index: number, channels: number, bits: number, blockSize: number) {
  const head = concat(
    Uint8Array.of(0xff, 0xf8, 0x70, (channels - 1) << 4),
    coded(index),
    Uint8Array.of((blockSize - 1) >> 8, (blockSize - 1) & 255),
  );
  const subframe = new Uint8Array(1 + bits / 8);
  for (let i = 0; i < bits / 8; i++) subframe[1 + i] = (value >> (bits - 8 - 8 * i)) & 255;
  const frame = concat(
    head,
    Uint8Array.of(crc8Flac(head, 0, head.length)),
    ...Array<Uint8Array>(channels).fill(subframe),
  );
  const crc = crc16Flac(frame, 0, frame.length);
  return concat(frame, Uint8Array.of(crc >> 8, crc & 255));
}

/** Encodes a frame number below 2048 like a character in UTF-8. */
function coded(index: number): Uint8Array {
  return index < 128 ? Uint8Array.of(index) : Uint8Array.of(0xc0 | (index >> 6), 0x80 | (index & 63));
}
