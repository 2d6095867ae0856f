import { decodeBlock, type GalleryBlock, rowsOfBlock } from "./block.ts";
import {
  type BlockEntry,
  decodeEnd,
  decodeHeader,
  endBytes,
  type GalleryInfo,
  type GalleryRow,
  HEADER_BYTES,
  rowsOf,
  TRAILER_BYTES,
} from "./format.ts";

/** read: bytes from..to. Undefined if the file is gone or shorter */
export type FileSource = { size: number; read(from: number, to: number): Promise<Uint8Array | undefined> };

export type GalleryFile = {
  source: FileSource;
  info: GalleryInfo;
  rows: number;
  blocks: readonly BlockEntry[];
};

/** Enough for the directory of a million rows. */
const END_GUESS = 16_384;
/** bytes: of one read; parallel: reads that are ahead of the block in use */
export type Ahead = { bytes: number; parallel: number };
/** From a bucket, where each read takes a while. */
const FAR: Ahead = { bytes: 8 * 2 ** 20, parallel: 4 };
/** From a disk: a block after the other. */
export const NEAR: Ahead = { bytes: 1, parallel: 1 };

/** Reads header and directory. Undefined if they are damaged or of another version. */
export async function openGalleryFile(source: FileSource): Promise<GalleryFile | undefined> {
  if (source.size < HEADER_BYTES + TRAILER_BYTES) return undefined;
  const tailFrom = Math.max(HEADER_BYTES, source.size - END_GUESS);
  const [header, tail] = await Promise.all([
    source.read(0, HEADER_BYTES),
    source.read(tailFrom, source.size),
  ]);
  if (!header || !tail || tail.length < TRAILER_BYTES) return undefined;
  const info = decodeHeader(header);
  const length = endBytes(tail.subarray(-TRAILER_BYTES));
  if (!info || length > source.size - HEADER_BYTES) return undefined;
  const end =
    length <= tail.length ? tail.subarray(-length) : await source.read(source.size - length, source.size);
  const blocks = end && decodeEnd(end, source.size);
  return blocks && { source, info, rows: rowsOf(blocks), blocks };
}

/**
 * Yields the blocks in order, and reads a few ranges ahead in parallel. Yields undefined in place
 * of the first damaged block, and ends.
 */
export async function* readBlocks(
  file: GalleryFile,
  { bytes: rangeBytes, parallel } = FAR,
): AsyncGenerator<GalleryBlock | undefined> {
  const ranges = rangesOf(file.blocks, rangeBytes);
  const read = (range: readonly BlockEntry[]) => {
    const [first, last] = [range[0], range.at(-1)];
    const reading =
      first && last ? file.source.read(first.from, last.from + last.bytes) : Promise.resolve(undefined);
    // A read that fails while an earlier one is awaited is reported when its turn comes.
    reading.catch(() => {});
    return { range, reading };
  };
  const ahead = ranges.slice(0, parallel).map(read);
  for (let next = parallel; ; next++) {
    const current = ahead.shift();
    if (!current) return;
    const bytes = await current.reading;
    const following = ranges[next];
    if (following) ahead.push(read(following));
    const start = current.range[0]?.from ?? 0;
    for (const entry of current.range) {
      const at = entry.from - start;
      const block = bytes && decodeBlock(bytes.subarray(at, at + entry.bytes), entry, file.info.dimension);
      yield block;
      if (!block) return;
    }
  }
}

/** Yields all rows in order of uid. Throws RangeError at a damaged block. */
export async function* readRows(file: GalleryFile, ahead = FAR): AsyncGenerator<GalleryRow> {
  for await (const block of readBlocks(file, ahead)) {
    if (!block) throw new RangeError("a block of the gallery file is damaged");
    yield* rowsOfBlock(block, file.info.dimension);
  }
}

/** Consecutive blocks of up to so many bytes, at least one. */
function rangesOf(blocks: readonly BlockEntry[], most: number): BlockEntry[][] {
  const ranges: BlockEntry[][] = [];
  let bytes = 0;
  for (const block of blocks) {
    const last = ranges.at(-1);
    if (!last || bytes + block.bytes > most) {
      ranges.push([block]);
      bytes = block.bytes;
    } else {
      last.push(block);
      bytes += block.bytes;
    }
  }
  return ranges;
}
