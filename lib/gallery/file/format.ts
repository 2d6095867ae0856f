import { crc32 } from "node:zlib";
import type { CohortId, ModelId, SpeakerId, SpeakerUid } from "../../id.ts";
import type { CohortStats } from "../../score/scoring/types.ts";
import { MOST_DIMENSIONS, type QuantizedVoice } from "../../score/search/quantize.ts";

/*
 * The gallery file, version 2. docs/gallery.md describes every byte. Integers and floats are
 * little-endian; typed arrays read them in place, so the machine must be little-endian too.
 */

/** A voiceprint as the file stores it. mean and std: `top` against the file's cohort */
export type GalleryRow = QuantizedVoice & CohortStats & { uid: SpeakerUid; speakerId: SpeakerId };

/** What all rows of a file have in common. */
export type GalleryInfo = {
  modelId: ModelId;
  dimension: number;
  /** Of the template key under which all voices are rotated. 0: none */
  generation: number;
  /** The cohort of the statistics, and how many voices had been erased from it. */
  cohortId: CohortId;
  cohortErased: number;
  /** Whether rows have statistics. If the cohort is too small, they have mean 0 and std 1. */
  normalized: boolean;
};

/** Where a block is in the file. */
export type BlockEntry = { from: number; bytes: number; rows: number; crc: number };

const MAGIC = Buffer.from("VRGALLRY");
const END_MAGIC = Buffer.from("VRGALEND");
const VERSION = 2;
export const HEADER_BYTES = 256;
export const TRAILER_BYTES = 28;
const ENTRY_BYTES = 12;
const TEXT_BYTES = 95;
/** Positions in the header. */
const AT = {
  version: 8,
  dimension: 10,
  flags: 12,
  erased: 16,
  model: 20,
  cohort: 116,
  generation: 212,
  crc: 252,
} as const;
const NORMALIZED = 1;

/** Throws RangeError if an ID is longer than 95 bytes or the dimension is out of range. */
export function encodeHeader(info: GalleryInfo): Uint8Array {
  const bytes = Buffer.alloc(HEADER_BYTES);
  if (!isDimension(info.dimension)) throw new RangeError(`dimension ${info.dimension}`);
  MAGIC.copy(bytes);
  bytes.writeUInt16LE(VERSION, AT.version);
  bytes.writeUInt16LE(info.dimension, AT.dimension);
  bytes.writeUInt16LE(info.normalized ? NORMALIZED : 0, AT.flags);
  bytes.writeUInt32LE(info.cohortErased, AT.erased);
  bytes.writeUInt32LE(info.generation, AT.generation);
  for (const [at, text] of [[AT.model, info.modelId] as const, [AT.cohort, info.cohortId] as const]) {
    if (Buffer.byteLength(text) > TEXT_BYTES) throw new RangeError(`${text} is too long`);
    bytes[at] = bytes.write(text, at + 1);
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(0, AT.crc)), AT.crc);
  return bytes;
}

/** Undefined if the bytes are no header of version 2. */
export function decodeHeader(given: Uint8Array): GalleryInfo | undefined {
  const bytes = bufferOf(given);
  if (bytes.length !== HEADER_BYTES || !MAGIC.equals(bytes.subarray(0, MAGIC.length))) return undefined;
  if (bytes.readUInt32LE(AT.crc) !== crc32(bytes.subarray(0, AT.crc))) return undefined;
  const dimension = bytes.readUInt16LE(AT.dimension);
  if (bytes.readUInt16LE(AT.version) !== VERSION || !isDimension(dimension)) return undefined;
  const text = (at: number) => bytes.toString("utf8", at + 1, at + 1 + bytes.readUInt8(at));
  return {
    modelId: text(AT.model) as ModelId,
    dimension,
    generation: bytes.readUInt32LE(AT.generation),
    cohortId: text(AT.cohort) as CohortId,
    cohortErased: bytes.readUInt32LE(AT.erased),
    normalized: (bytes.readUInt16LE(AT.flags) & NORMALIZED) !== 0,
  };
}

const isDimension = (dimension: number): boolean =>
  Number.isInteger(dimension) && dimension > 0 && dimension <= MOST_DIMENSIONS;

/** The directory of the blocks and the trailer, which end the file. */
export function encodeEnd(blocks: readonly BlockEntry[]): Uint8Array {
  const bytes = Buffer.alloc(blocks.length * ENTRY_BYTES + TRAILER_BYTES);
  for (const [i, block] of blocks.entries()) {
    bytes.writeUInt32LE(block.bytes, i * ENTRY_BYTES);
    bytes.writeUInt32LE(block.rows, i * ENTRY_BYTES + 4);
    bytes.writeUInt32LE(block.crc, i * ENTRY_BYTES + 8);
  }
  const trailer = bytes.length - TRAILER_BYTES;
  bytes.writeBigUInt64LE(BigInt(endOf(blocks)), trailer);
  bytes.writeUInt32LE(blocks.length, trailer + 8);
  bytes.writeUInt32LE(rowsOf(blocks), trailer + 12);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, trailer + 16)), trailer + 16);
  END_MAGIC.copy(bytes, trailer + 20);
  return bytes;
}

/** Returns the bytes of the directory and the trailer, from the trailer alone. */
export const endBytes = (trailer: Uint8Array): number =>
  bufferOf(trailer).readUInt32LE(8) * ENTRY_BYTES + TRAILER_BYTES;

/**
 * Returns the blocks of a file of `size` bytes. Undefined if the directory or the trailer is
 * damaged, or the file is longer or shorter than its blocks.
 */
export function decodeEnd(given: Uint8Array, size: number): readonly BlockEntry[] | undefined {
  const bytes = bufferOf(given);
  const trailer = bytes.length - TRAILER_BYTES;
  if (trailer < 0 || !END_MAGIC.equals(bytes.subarray(trailer + 20))) return undefined;
  if (bytes.readUInt32LE(trailer + 16) !== crc32(bytes.subarray(0, trailer + 16))) return undefined;
  const blocks: BlockEntry[] = [];
  for (let at = 0, from = HEADER_BYTES; at < trailer; at += ENTRY_BYTES) {
    const [length, rows, crc] = [0, 4, 8].map((offset) => bytes.readUInt32LE(at + offset));
    if (length === undefined || rows === undefined || crc === undefined) return undefined;
    blocks.push({ from, bytes: length, rows, crc });
    from += length;
  }
  const whole = Number(bytes.readBigUInt64LE(trailer)) === endOf(blocks);
  return whole && endOf(blocks) + bytes.length === size ? blocks : undefined;
}

export const rowsOf = (blocks: readonly BlockEntry[]): number =>
  blocks.reduce((sum, { rows }) => sum + rows, 0);
const endOf = (blocks: readonly BlockEntry[]): number =>
  blocks.reduce((end, { bytes }) => end + bytes, HEADER_BYTES);
const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
