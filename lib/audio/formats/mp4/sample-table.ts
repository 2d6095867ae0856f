import type { ByteSource } from "../../byte-source.ts";
import { truncated, undecodable } from "../../limits.ts";
import type { Place } from "../places.ts";
import { type Box, child, fields, table } from "./boxes.ts";

/** No audio codec has longer packets. */
export const MAX_PACKET = 65_536;

/**
 * Returns the packets that the tables of a track list. ISO/IEC 14496-12, 8.7. A fragmented file has
 * none here.
 *
 * checkCount  throws if a file with this many packets is too long. It is called before any table is
 *             read, so that their length doesn't matter.
 * Throws `audio-undecodable`, and `audio-truncated` for packets after the end of the file.
 */
export function listedPackets(file: ByteSource, tables: Box, checkCount: (count: number) => void): Place[] {
  const { count, sizeOf } = readSizes(file, tables, checkCount);
  const offsets = count === 0 ? [] : readOffsets(file, tables, count);
  const perChunk = count === 0 ? [] : readChunks(file, tables, count);
  const places: Place[] = [];
  let run = 0;
  for (const [chunk, offset] of offsets.entries()) {
    while (run + 1 < perChunk.length && perChunk[run + 1].first <= chunk + 1) run++;
    const packets = perChunk[run]?.packets ?? 0;
    if (packets < 1) throw invalid("stsc");
    let start = offset;
    for (let i = 0; i < packets && places.length < count; i++) {
      const length = sizeOf(places.length);
      if (start + length > file.size)
        throw truncated("The MP4 file ends before its last packet of sound. Send the whole file.");
      places.push({ start, length });
      start += length;
    }
    if (places.length === count) return places;
  }
  if (places.length < count) throw invalid("stco");
  return places;
}

function readSizes(file: ByteSource, tables: Box, checkCount: (count: number) => void) {
  const box = child(file, tables, "stsz");
  if (!box) throw invalid("stsz");
  const head = fields(file, box, 12);
  const [constant, count] = [head.getUint32(4), head.getUint32(8)];
  checkCount(count);
  if (constant > MAX_PACKET) throw invalid("stsz");
  if (constant > 0) return { count, sizeOf: () => constant };
  const sizes = table(file, box, { skip: 12, count, size: 4 });
  const sizeOf = (index: number): number => {
    const size = sizes.getUint32(index * 4);
    if (size > MAX_PACKET) throw invalid("stsz");
    return size;
  };
  return { count, sizeOf };
}

/** Returns where the chunks start, at most as many as there are packets. */
function readOffsets(file: ByteSource, tables: Box, most: number): number[] {
  const short = child(file, tables, "stco");
  const box = short ?? child(file, tables, "co64");
  if (!box) throw invalid("stco");
  const count = Math.min(most, fields(file, box, 8).getUint32(4));
  const size = short ? 4 : 8;
  const view = table(file, box, { skip: 8, count, size });
  return Array.from({ length: count }, (_, i) =>
    short ? view.getUint32(i * 4) : view.getUint32(i * 8) * 2 ** 32 + view.getUint32(i * 8 + 4),
  );
}

/** Returns how many packets the chunks have, from chunk `first` on, counted from 1. */
function readChunks(file: ByteSource, tables: Box, most: number): { first: number; packets: number }[] {
  const box = child(file, tables, "stsc");
  if (!box) throw invalid("stsc");
  const count = Math.min(most, fields(file, box, 8).getUint32(4));
  const view = table(file, box, { skip: 8, count, size: 12 });
  return Array.from({ length: count }, (_, i) => ({
    first: view.getUint32(i * 12),
    packets: view.getUint32(i * 12 + 4),
  }));
}

const invalid = (type: string) =>
  undecodable(`The MP4 file's \`${type}\` table is missing or invalid. Send an intact file.`);
