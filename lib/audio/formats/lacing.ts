import { undecodable } from "../limits.ts";
import type { Place } from "./places.ts";
import { variable } from "./variable.ts";

const XIPH = 0x02;
const FIXED = 0x04;
/** Bytes in which the sizes of 256 packets are. */
export const MAX_LACES = 65_536;

/**
 * Returns where the packets of a laced block are. RFC 9559, section 10.3.
 *
 * head   the first bytes of the block, without its header
 * block  where these and the rest are in the file
 * Throws `audio-undecodable` for sizes that don't fit.
 */
export function lacedPlaces(
  head: Uint8Array,
  { start, end }: { start: number; end: number },
  lacing: number,
) {
  const count = (head[0] ?? 0) + 1;
  const { sizes, bytes } = readSizes(head, count, lacing, end - start - 1);
  const places: Place[] = [];
  let at = start + 1 + bytes;
  for (const length of sizes) {
    places.push({ start: at, length });
    at += length;
  }
  if (sizes.some((size) => !(size >= 0)) || at > end) throw invalidLacing();
  if (sizes.length < count) places.push({ start: at, length: end - at });
  return places;
}

/** Returns the sizes, of which the last may be left out, and the bytes that they take. */
function readSizes(head: Uint8Array, count: number, lacing: number, length: number) {
  if (lacing === FIXED) {
    if (length % count !== 0) throw invalidLacing();
    return { sizes: Array<number>(count).fill(length / count), bytes: 0 };
  }
  return lacing === XIPH ? xiphSizes(head, count - 1) : ebmlSizes(head, count - 1);
}

/** As many bytes of 255 as fit, then the rest. */
function xiphSizes(head: Uint8Array, count: number) {
  let at = 1;
  const sizes = Array.from({ length: count }, () => {
    let size = 0;
    while (head[at] === 255) size += head[at++];
    return size + head[at++];
  });
  return { sizes, bytes: at - 1 };
}

/** A size, then differences, whose zero is in the middle of their range. */
function ebmlSizes(head: Uint8Array, count: number) {
  let at = 1;
  let size = 0;
  const sizes = Array.from({ length: count }, (_, i) => {
    const number = variable(head, at, 8, false);
    if (!number) throw invalidLacing();
    at += number.length;
    size = i === 0 ? number.value : size + number.value - (2 ** (7 * number.length - 1) - 1);
    return size;
  });
  return { sizes, bytes: at - 1 };
}

const invalidLacing = () =>
  undecodable("A block of the WebM file states packets that don't fit into it. Send an intact file.");
