import { latin1 } from "./bytes.ts";

const HEADER = 10;
const HAS_FOOTER = 0x10;
/** No tagger writes more tags than this into one file. */
const MAX_TAGS = 8;

/**
 * Returns the file behind its ID3v2 tags, and behind the zeros that some taggers add to them.
 * Taggers put such tags before any format, not only before MP3. ID3v2.4.0, section 3.1.
 */
export function withoutLeadingTags(bytes: Uint8Array): Uint8Array {
  let at = 0;
  for (let count = 0; count < MAX_TAGS && latin1(bytes, at, at + 3) === "ID3"; count++) {
    const size = tagSize(bytes, at);
    if (size === undefined) return bytes;
    at += size;
    while (bytes[at] === 0) at++;
  }
  return at < bytes.length ? bytes.subarray(at) : bytes;
}

/** The length is four times 7 bits. Returns undefined if a high bit is set. */
function tagSize(bytes: Uint8Array, at: number): number | undefined {
  if (at + HEADER > bytes.length) return undefined;
  let size = 0;
  for (let i = at + 6; i < at + HEADER; i++) {
    if (bytes[i] > 127) return undefined;
    size = size * 128 + bytes[i];
  }
  return HEADER + size + (bytes[at + 5] & HAS_FOOTER ? HEADER : 0);
}

/** Returns the file without the ID3v1 tag, and the APEv2 tag before it, at its end. */
export function withoutTrailingTags(bytes: Uint8Array): Uint8Array {
  const id3 =
    latin1(bytes, bytes.length - 128, bytes.length - 125) === "TAG" ? bytes.length - 128 : bytes.length;
  return bytes.subarray(0, id3 - apeSize(bytes, id3));
}

/** APEv2: a footer of 32 bytes at the end, whose size field excludes the header before the tag. */
function apeSize(bytes: Uint8Array, end: number): number {
  const footer = end - 32;
  if (footer < 0 || latin1(bytes, footer, footer + 8) !== "APETAGEX") return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset + footer, 32);
  const size = view.getUint32(12, true) + (view.getUint32(20, true) >>> 31 ? 32 : 0);
  return size <= end ? size : 0;
}
