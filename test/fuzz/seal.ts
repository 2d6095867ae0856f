import { crc8Flac, crc16Flac, crc32Ogg } from "../../lib/audio/formats/crc.ts";

const HEADER = 27;

/** Returns the file with right checksums, if it is Ogg or FLAC. Changes it in place. */
export function seal(bytes: Uint8Array): Uint8Array {
  const magic = Buffer.from(bytes.subarray(0, 4)).toString("latin1");
  if (magic === "OggS") sealPages(bytes);
  if (magic === "fLaC") sealFrames(bytes);
  return bytes;
}

function sealPages(bytes: Uint8Array): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (
    let at = buffer.indexOf("OggS");
    at >= 0 && at + HEADER <= bytes.length;
    at = buffer.indexOf("OggS", at + 4)
  ) {
    let end = at + HEADER + buffer.readUInt8(at + 26);
    for (const size of bytes.subarray(at + HEADER, end)) end += size;
    if (end <= bytes.length) buffer.writeUInt32LE(crc32Ogg(bytes, at, end, at + 22), at + 22);
  }
}

/** Frames are taken to reach from one sync code to the next. */
function sealFrames(bytes: Uint8Array): void {
  const starts: number[] = [];
  for (let at = 42; at + 1 < bytes.length; at++)
    if (bytes[at] === 0xff && ((bytes[at + 1] ?? 0) & 0xfe) === 0xf8) starts.push(at);
  for (const [i, start] of starts.entries()) {
    const end = starts[i + 1] ?? bytes.length;
    const header = headerLength(bytes, start);
    if (end - start < header + 4) continue;
    bytes[start + header] = crc8Flac(bytes, start, start + header);
    const crc = crc16Flac(bytes, start, end - 2);
    bytes.set([crc >> 8, crc & 255], end - 2);
  }
}

/** Bytes of a frame's header before its checksum. RFC 9639, section 9.1. */
function headerLength(bytes: Uint8Array, start: number): number {
  const [sizes = 0, number = 0] = [bytes[start + 2], bytes[start + 4]];
  const [size, rate] = [sizes >> 4, sizes & 15];
  const ones = Math.clz32(~(number << 24));
  const sizeBytes = size === 6 ? 1 : size === 7 ? 2 : 0;
  const rateBytes = rate === 12 ? 1 : rate > 12 ? 2 : 0;
  return 4 + Math.max(1, Math.min(7, ones)) + sizeBytes + rateBytes;
}
