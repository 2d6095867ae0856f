import type { ByteSource } from "../../byte-source.ts";
import type { Place } from "../places.ts";
import { type Box, boxesIn, child, fields, table } from "./boxes.ts";
import { MAX_PACKET } from "./sample-table.ts";

/** Flags of a track fragment header. ISO/IEC 14496-12, 8.8.7. */
const HAS_BASE = 0x1;
const HAS_DESCRIPTION = 0x2;
const HAS_DURATION = 0x8;
const HAS_SIZE = 0x10;
/** Flags of a run. 8.8.8. */
const RUN_HAS_OFFSET = 0x1;
const RUN_HAS_FIRST_FLAGS = 0x4;
const RUN_FIELDS = [0x100, 0x200, 0x400, 0x800];
const RUN_HAS_DURATION = 0x100;
const RUN_HAS_SIZE = 0x200;

/** The default size of a track's packets, from `mvex`. */
export function defaultSize(file: ByteSource, movie: Box, trackId: number): number {
  const extends_ = child(file, movie, "mvex");
  if (!extends_) return 0;
  for (const box of boxesIn(file, extends_.start, extends_.end)) {
    if (box.type !== "trex") continue;
    const view = fields(file, box, 24);
    if (view.getUint32(4) === trackId) return view.getUint32(16);
  }
  return 0;
}

/**
 * Yields the packets of a track in one `moof` box, until the end of the file: a recording that
 * stops ends with its last whole packet.
 */
export function* fragmentPackets(
  file: ByteSource,
  fragment: Box,
  track: { id: number; size: number },
): Generator<Place> {
  for (const box of boxesIn(file, fragment.start, fragment.end)) {
    if (box.type !== "traf") continue;
    const header = readHeader(file, box, track);
    if (!header) continue;
    let next = header.base ?? fragment.at;
    for (const run of boxesIn(file, box.start, box.end)) {
      if (run.type !== "trun") continue;
      for (const place of runPackets(file, run, { ...header, base: header.base ?? fragment.at, next })) {
        if (place.length > MAX_PACKET || place.start + place.length > file.size) return;
        next = place.start + place.length;
        yield place;
      }
    }
  }
}

/** Returns undefined for another track. `base`: undefined if offsets count from the `moof` box. */
function readHeader(file: ByteSource, fragment: Box, track: { id: number; size: number }) {
  const box = child(file, fragment, "tfhd");
  if (!box) return undefined;
  const flags = fields(file, box, 8).getUint32(0) & 0xffffff;
  const size = 8 + (flags & HAS_BASE ? 8 : 0);
  const sizeAt = size + (flags & HAS_DESCRIPTION ? 4 : 0) + (flags & HAS_DURATION ? 4 : 0);
  const view = fields(file, box, sizeAt + (flags & HAS_SIZE ? 4 : 0));
  if (view.getUint32(4) !== track.id) return undefined;
  const base = flags & HAS_BASE ? view.getUint32(8) * 2 ** 32 + view.getUint32(12) : undefined;
  return { base, size: flags & HAS_SIZE ? view.getUint32(sizeAt) : track.size };
}

function* runPackets(
  file: ByteSource,
  run: Box,
  from: { base: number; next: number; size: number },
): Generator<Place> {
  const head = fields(file, run, 8);
  const flags = head.getUint32(0) & 0xffffff;
  const count = head.getUint32(4);
  const hasOffset = (flags & RUN_HAS_OFFSET) !== 0;
  const skip = 8 + (hasOffset ? 4 : 0) + (flags & RUN_HAS_FIRST_FLAGS ? 4 : 0);
  const size = 4 * RUN_FIELDS.filter((one) => flags & one).length;
  const entries = table(file, run, { skip, count, size });
  let start = hasOffset ? from.base + fields(file, run, 12).getInt32(8) : from.next;
  const sizeAt = flags & RUN_HAS_DURATION ? 4 : 0;
  for (let i = 0; i < count; i++) {
    const length = flags & RUN_HAS_SIZE ? entries.getUint32(i * size + sizeAt) : from.size;
    yield { start, length };
    start += length;
  }
}
