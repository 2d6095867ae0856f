import { ascii, concat } from "../support/wav.ts";
import { opusHead } from "./ogg-writer.ts";

/** An element whose size takes four bytes. */
export function element(id: readonly number[], ...parts: Uint8Array[]): Uint8Array {
  const content = concat(...parts);
  const size = content.length;
  return concat(
    Uint8Array.from(id),
    Uint8Array.of(0x10 | (size >> 24), (size >> 16) & 255, (size >> 8) & 255, size & 255),
    content,
  );
}
/** A track of this codec with an "OpusHead". */
export const track = (codec: string, ...more: Uint8Array[]) =>
  element(
    [0x16, 0x54, 0xae, 0x6b],
    element(
      [0xae],
      element([0xd7], Uint8Array.of(1)),
      element([0x83], Uint8Array.of(2)),
      element([0x86], ascii(codec)),
      element([0x63, 0xa2], opusHead()),
      ...more,
    ),
  );
export const webm = (entry: Uint8Array, ...blocks: Uint8Array[]) =>
  concat(
    element([0x1a, 0x45, 0xdf, 0xa3]),
    element([0x18, 0x53, 0x80, 0x67], entry, element([0x1f, 0x43, 0xb6, 0x75], ...blocks)),
  );
/** A block of track 1. */
export const block = (flags: number, ...content: Uint8Array[]) =>
  element([0xa3], Uint8Array.of(0x81, 0, 0, flags), ...content);
