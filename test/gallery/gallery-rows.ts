import { rowsOfBlock } from "../../lib/gallery/file/block.ts";
import type { GalleryInfo, GalleryRow } from "../../lib/gallery/file/format.ts";
import { type FileSource, openGalleryFile, readBlocks } from "../../lib/gallery/file/read.ts";
import { galleryFile } from "../../lib/gallery/file/write.ts";
import { parseSpeakerId } from "../../lib/id.ts";
import { quantize } from "../../lib/score/search/quantize.ts";
import { randomVoices } from "../score/random-voices.ts";

export const infoOf = (dimension: number): GalleryInfo => ({
  modelId: "mdl_test",
  dimension,
  cohortId: "coh_test",
  generation: 0,
  cohortErased: 3,
  normalized: true,
});

/** Rows in order of uid, the same in every run. */
export function galleryRows(count: number, dimension: number, seed = 1): GalleryRow[] {
  return randomVoices(count, { dimension, seed, spread: 1 }).map((voice, i) => {
    const name = `${String(i).padStart(7, "0")}`;
    const speakerId = parseSpeakerId(`speaker-${i * seed}`);
    if (!speakerId) throw new RangeError(name);
    const [mean, std] = [Math.fround(0.3 + (i % 9) / 100), Math.fround(0.05 + (i % 5) / 100)];
    return { ...quantize(voice), uid: `spk_${name}`, speakerId, mean, std };
  });
}

export async function bytesOf(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const found: Uint8Array[] = [];
  for await (const part of parts) found.push(part);
  return Buffer.concat(found);
}

export const fileOf = (rows: readonly GalleryRow[], dimension: number): Promise<Buffer> =>
  bytesOf(galleryFile(infoOf(dimension), rows));

export const sourceOf = (bytes: Uint8Array): FileSource => ({
  size: bytes.length,
  read: async (from, to) => (to <= bytes.length ? bytes.subarray(from, to) : undefined),
});

/** The rows of a file. Undefined if any part is refused. */
export async function readAll(
  bytes: Uint8Array,
): Promise<{ info: GalleryInfo; rows: GalleryRow[] } | undefined> {
  const file = await openGalleryFile(sourceOf(bytes));
  if (!file) return undefined;
  const rows: GalleryRow[] = [];
  for await (const block of readBlocks(file)) {
    if (!block) return undefined;
    for (const row of rowsOfBlock(block, file.info.dimension))
      rows.push({ ...row, codes: Int8Array.from(row.codes) });
  }
  return { info: file.info, rows };
}
