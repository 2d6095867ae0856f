import { type ByteSource, part } from "../byte-source.ts";
import { latin1, viewOf } from "./bytes.ts";

const HEADER = 10;
const HAS_FOOTER = 0x10;
/** No tagger writes more tags than this into one file. */
const MAX_TAGS = 8;
/** Bytes of padding that are looked at in one go. */
const PADDING = 65_536;

/**
 * Returns the file behind its ID3v2 tags, and behind the zeros that some taggers add to them.
 * Taggers put such tags before any format, not only before MP3. ID3v2.4.0, section 3.1.
 */
export function withoutLeadingTags(file: ByteSource): ByteSource {
  let at = 0;
  for (let count = 0; count < MAX_TAGS; count++) {
    const size = tagSize(file.read(at, HEADER));
    if (size === undefined) break;
    at = afterZeros(file, at + size);
  }
  return at > 0 && at < file.size ? part(file, at, file.size) : file;
}

/**
 * The length is four times 7 bits. Returns undefined where no tag starts, and if a high bit is set.
 */
function tagSize(head: Uint8Array): number | undefined {
  if (head.length < HEADER || latin1(head, 0, 3) !== "ID3") return undefined;
  let size = 0;
  for (const byte of head.subarray(6, HEADER)) {
    if (byte > 127) return undefined;
    size = size * 128 + byte;
  }
  return HEADER + size + (head[5] & HAS_FOOTER ? HEADER : 0);
}

function afterZeros(file: ByteSource, from: number): number {
  for (let at = from; at < file.size; at += PADDING) {
    const bytes = file.read(at, PADDING);
    let i = 0;
    while (bytes[i] === 0) i++;
    if (i < bytes.length) return at + i;
  }
  return file.size;
}

/** Returns the file without the ID3v1 tag, and the APEv2 tag before it, at its end. */
export function withoutTrailingTags(file: ByteSource): ByteSource {
  const { size } = file;
  const id3 = size >= 128 && latin1(file.read(size - 128, 3), 0, 3) === "TAG" ? size - 128 : size;
  const end = id3 - apeSize(file, id3);
  return end < size ? part(file, 0, end) : file;
}

/** APEv2: a footer of 32 bytes at the end, whose size field excludes the header before the tag. */
function apeSize(file: ByteSource, end: number): number {
  if (end < 32) return 0;
  const footer = file.read(end - 32, 32);
  if (latin1(footer, 0, 8) !== "APETAGEX") return 0;
  const view = viewOf(footer);
  const size = view.getUint32(12, true) + (view.getUint32(20, true) >>> 31 ? 32 : 0);
  return size <= end ? size : 0;
}
