import type { ByteSource } from "../../byte-source.ts";
import { undecodable } from "../../limits.ts";
import { latin1, viewOf } from "../bytes.ts";

/** A box of a file; ISO/IEC 14496-12, 4.2. */
export type Box = {
  type: string;
  /** Where its header starts. */
  at: number;
  /** Its contents are the bytes [start, end) of the file. */
  start: number;
  end: number;
};

/** Boxes in another one. Files have a few dozen. */
const MAX_BOXES = 1000;
const HEADER = 16;

/**
 * Yields the boxes in bytes [from, to). One that ends later, as in a file that was cut, ends at
 * `to`. Each is at least 8 bytes long, so this ends.
 *
 * Throws `audio-undecodable` for a size that is too small, or for more than `most` boxes.
 */
export function* boxesIn(file: ByteSource, from: number, to: number, most = MAX_BOXES): Generator<Box> {
  let count = 0;
  for (let at = from; at + 8 <= to; ) {
    if (++count > most) throw undecodable("The MP4 file has too many boxes. Record it again.");
    const box = boxAt(file, at, to);
    yield box;
    at = box.end;
  }
}

function boxAt(file: ByteSource, at: number, to: number): Box {
  const head = file.read(at, HEADER);
  const view = viewOf(head);
  const stated = view.getUint32(0);
  const long = stated === 1;
  if (long && head.length < HEADER) throw broken(at);
  const size = long ? view.getUint32(8) * 2 ** 32 + view.getUint32(12) : stated;
  const header = long ? HEADER : 8;
  // 0: until the end of the file.
  if (size !== 0 && size < header) throw broken(at);
  const end = size === 0 ? to : Math.min(to, at + size);
  return { type: latin1(head, 4, 8), at, start: Math.min(to, at + header), end };
}

/** Returns the first box of a type in another one, or undefined. */
export function child(file: ByteSource, parent: Box, type: string): Box | undefined {
  for (const box of boxesIn(file, parent.start, parent.end)) if (box.type === type) return box;
  return undefined;
}

/** Like `child`, along a path of types. */
export function descendant(file: ByteSource, parent: Box, path: readonly string[]): Box | undefined {
  let box: Box | undefined = parent;
  for (const type of path) box = box && child(file, box, type);
  return box;
}

/**
 * Returns a view of the first `length` bytes of a box. Throws `audio-undecodable` if it is shorter.
 */
export function fields(file: ByteSource, { type, start, end }: Box, length: number): DataView {
  if (end - start < length)
    throw undecodable(`The MP4 file's \`${type}\` box is too short. Send an intact file.`);
  return viewOf(file.read(start, length));
}

/**
 * Returns a view of a table: `count` entries of `size` bytes, after `skip` bytes of the box.
 * Throws `audio-undecodable` if the box has fewer.
 */
export function table(file: ByteSource, box: Box, entries: { skip: number; count: number; size: number }) {
  const { skip, count, size } = entries;
  if (box.start + skip + count * size > box.end) {
    throw undecodable(
      `The MP4 file's \`${box.type}\` box declares ${count} entries, which it doesn't have. Send an intact file.`,
    );
  }
  return viewOf(file.read(box.start + skip, count * size));
}

const broken = (at: number) =>
  undecodable(`The MP4 file is damaged: the box at byte ${at} has an invalid size. Send an intact file.`);
