import { crc32 } from "node:zlib";
import { BLOCK_ROWS } from "../../score/search/int8-matrix.ts";
import { encodeBlock } from "./block.ts";
import { type BlockEntry, encodeEnd, encodeHeader, type GalleryInfo, type GalleryRow } from "./format.ts";

/**
 * Yields the bytes of a gallery file: the header, each block, then the directory. Keeps one block
 * of rows in memory, however many there are. The same rows give the same bytes.
 *
 * rows: in ascending order of uid, each once; otherwise RangeError
 */
export async function* galleryFile(
  info: GalleryInfo,
  rows: AsyncIterable<GalleryRow> | Iterable<GalleryRow>,
): AsyncGenerator<Uint8Array> {
  const header = encodeHeader(info);
  yield header;
  const blocks: BlockEntry[] = [];
  let from = header.length;
  const close = (pending: readonly GalleryRow[]) => {
    const bytes = encodeBlock(pending, info.dimension);
    blocks.push({ from, bytes: bytes.length, rows: pending.length, crc: crc32(bytes) });
    from += bytes.length;
    return bytes;
  };
  let pending: GalleryRow[] = [];
  let before = "";
  for await (const row of rows) {
    if (row.uid <= before) throw new RangeError(`${row.uid} after ${before}`);
    before = row.uid;
    pending.push(row);
    if (pending.length < BLOCK_ROWS) continue;
    yield close(pending);
    pending = [];
  }
  if (pending.length > 0) yield close(pending);
  yield encodeEnd(blocks);
}
