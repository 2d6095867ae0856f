import { crc32 } from "node:zlib";
import type { SpeakerId, SpeakerUid } from "../../id.ts";
import { type Columns, strideOf } from "../../score/search/int8-matrix.ts";
import type { BlockEntry, GalleryRow } from "./format.ts";

/** The IDs of a block's rows. ends: where each uid and each speaker ID ends in `text`, in turns */
export type BlockIds = { ends: Uint32Array; text: Buffer };
/** rows: the number of rows, which is the length of every column */
export type GalleryBlock = { rows: number; columns: Columns; ids: BlockIds };

const ALIGNMENT = 16;
/** scale, error, mean and std, and the ends of two IDs */
const ROW_BYTES = 6 * 4;

/**
 * Encodes 1 to 1,024 rows: the codes of all rows, then scale, error, mean and std, then the ends of
 * the IDs and their text, padded with zeros to a multiple of 16 bytes.
 *
 * Throws RangeError for a number that isn't finite or codes of another dimension.
 */
export function encodeBlock(rows: readonly GalleryRow[], dimension: number): Buffer {
  const stride = strideOf(dimension);
  const bytesOf = ({ uid, speakerId }: GalleryRow) => Buffer.byteLength(uid) + Buffer.byteLength(speakerId);
  const textBytes = rows.reduce((sum, row) => sum + bytesOf(row), 0);
  const length = rows.length * (stride + ROW_BYTES) + textBytes;
  const bytes = Buffer.from(new ArrayBuffer(Math.ceil(length / ALIGNMENT) * ALIGNMENT));
  const { columns, ids } = viewsOf(bytes, rows.length, stride);
  let end = 0;
  for (const [i, row] of rows.entries()) {
    const numbers = [row.scale, row.error, row.mean, row.std];
    if (row.codes.length !== dimension || !numbers.every(Number.isFinite))
      throw new RangeError(`the row of ${row.uid} has ${row.codes.length} codes, or ${numbers}`);
    columns.codes.set(row.codes, i * stride);
    columns.scale[i] = row.scale;
    columns.error[i] = row.error;
    columns.mean[i] = row.mean;
    columns.std[i] = row.std;
    end += ids.text.write(row.uid, end);
    ids.ends[2 * i] = end;
    end += ids.text.write(row.speakerId, end);
    ids.ends[2 * i + 1] = end;
  }
  return bytes;
}

/** Undefined if the bytes aren't those that the directory names. The block shares their memory. */
export function decodeBlock(
  given: Uint8Array,
  entry: BlockEntry,
  dimension: number,
): GalleryBlock | undefined {
  if (given.length !== entry.bytes || crc32(given) !== entry.crc) return undefined;
  const stride = strideOf(dimension);
  const fixed = entry.rows * (stride + ROW_BYTES);
  if (fixed > given.length) return undefined;
  // Typed arrays need their alignment.
  const bytes = given.byteOffset % 4 === 0 ? given : Uint8Array.from(given);
  const { columns, ids } = viewsOf(bytes, entry.rows, stride);
  const textBytes = ids.ends.at(-1) ?? 0;
  if (textBytes > ids.text.length) return undefined;
  return { rows: entry.rows, columns, ids: { ...ids, text: ids.text.subarray(0, textBytes) } };
}

export const uidAt = ({ ends, text }: BlockIds, row: number): SpeakerUid =>
  text.toString("utf8", row === 0 ? 0 : ends[2 * row - 1], ends[2 * row]) as SpeakerUid;
export const speakerIdAt = ({ ends, text }: BlockIds, row: number): SpeakerId =>
  text.toString("utf8", ends[2 * row], ends[2 * row + 1]) as SpeakerId;

/** Yields the rows of a block. Their codes share the block's memory. */
export function* rowsOfBlock({ rows, columns, ids }: GalleryBlock, dimension: number): Generator<GalleryRow> {
  const { codes, scale, error, mean, std } = columns;
  const stride = strideOf(dimension);
  for (let row = 0; row < rows; row++)
    yield {
      uid: uidAt(ids, row),
      speakerId: speakerIdAt(ids, row),
      codes: codes.subarray(row * stride, row * stride + dimension),
      scale: scale[row] ?? 0,
      error: error[row] ?? 0,
      mean: mean[row] ?? 0,
      std: std[row] ?? 1,
    };
}

function viewsOf(bytes: Uint8Array, rows: number, stride: number): Pick<GalleryBlock, "columns" | "ids"> {
  const { buffer, byteOffset: start } = bytes;
  const column = (at: number) => start + rows * (stride + at * 4);
  const floats = (at: number) => new Float32Array(buffer, column(at), rows);
  const text = column(6);
  return {
    columns: {
      codes: new Int8Array(buffer, start, rows * stride),
      scale: floats(0),
      error: floats(1),
      mean: floats(2),
      std: floats(3),
    },
    ids: {
      ends: new Uint32Array(buffer, column(4), 2 * rows),
      text: Buffer.from(buffer, text, start + bytes.length - text),
    },
  };
}
