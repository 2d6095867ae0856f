import type { GalleryInfo, GalleryRow } from "../../gallery/file/format.ts";
import { type GalleryFile, openGalleryFile } from "../../gallery/file/read.ts";
import { galleryFile } from "../../gallery/file/write.ts";
import type { GalleryPlace } from "../../ports/gallery.ts";
import type { Blobs } from "./blobs.ts";
import { type Position, positionAt } from "./changes.ts";
import { TOMBSTONE_DAYS } from "./requests-speakers.ts";

/**
 * The change log records erasures for TOMBSTONE_DAYS, so a snapshot of half that age misses none.
 */
export const STALE_MS = (TOMBSTONE_DAYS / 2) * 86_400_000;
const MOST_ATTEMPTS = 3;
const FORMAT = 2;
/** With more entries near the end of the log, a reader reads them again. */
const MOST_NEAR = 1000;

/**
 * The small object that names the large one, a gallery file (docs/gallery.md).
 *
 * furthest: the last entry of the change log that is in it; near: the entries shortly before it
 */
export type Head = {
  format: number;
  object: string;
  size: number;
  rows: number;
  furthest: string | undefined;
  near: readonly string[];
  /** Epoch milliseconds at which the log was read. */
  at: number;
};
/**
 * A head and the etag of its object. null: there is no object. obsolete: the object of a head of
 * another format, which the next head replaces
 */
export type StoredHead = { head: Head | undefined; etag: string | null; obsolete?: string | undefined };

const folderOf = ({ registryId, modelId }: GalleryPlace): string => `galleries/${registryId}/${modelId}`;
const headKey = (place: GalleryPlace): string => `${folderOf(place)}/head.json`;

export async function readHead(blobs: Blobs, place: GalleryPlace): Promise<StoredHead> {
  const found = await blobs.get(headKey(place));
  if (!found) return { head: undefined, etag: null };
  const head = JSON.parse(Buffer.from(found.bytes).toString()) as Head;
  if (head.format === FORMAT) return { head, etag: found.etag };
  return { head: undefined, etag: found.etag, obsolete: head.object };
}

/** Where to continue in the change log after the snapshot of this head. */
export const positionOf = (head: Head | undefined): Position => ({
  ...positionAt(head?.furthest),
  near: new Set(head?.near),
});

/** Whether the head names a snapshot that isn't stale at `now`. */
export const isFreshHead = (stored: StoredHead, now: number): stored is StoredHead & { head: Head } =>
  stored.head !== undefined && now - stored.head.at <= STALE_MS;

/**
 * Opens the newest snapshot unless it is stale at `now`. Undefined if there is none, or if it is
 * missing or damaged. The change log lists every speaker, so reading without a snapshot only takes
 * longer.
 */
export async function openSnapshot(
  blobs: Blobs,
  place: GalleryPlace,
  now: number,
): Promise<{ head: Head; file: GalleryFile } | undefined> {
  // A builder may replace the snapshot between the two reads.
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const stored = await readHead(blobs, place);
    if (!isFreshHead(stored, now)) return undefined;
    const { head } = stored;
    const read = (from: number, to: number) => blobs.range(head.object, from, to);
    const file = await openGalleryFile({ size: head.size, read });
    if (file) return { head, file };
  }
  return undefined;
}

/**
 * Writes a snapshot in place of `stored`, and deletes that one, since it may contain erased voices.
 * Undefined, and nothing changes, if another builder was first.
 */
export async function writeSnapshot(
  blobs: Blobs,
  place: GalleryPlace,
  stored: StoredHead,
  made: { info: GalleryInfo; rows: AsyncIterable<GalleryRow>; position: Position; at: number; name: string },
): Promise<Head | undefined> {
  const object = `${folderOf(place)}/${made.name}.gallery`;
  let rows = 0;
  async function* counted() {
    for await (const row of made.rows) {
      rows += 1;
      yield row;
    }
  }
  const size = await blobs.putParts(object, galleryFile(made.info, counted()));
  const { furthest, near } = made.position;
  const kept = near.size <= MOST_NEAR ? [...near] : [];
  const head: Head = { format: FORMAT, object, size, rows, furthest, near: kept, at: made.at };
  const put = await blobs.put(headKey(place), Buffer.from(JSON.stringify(head)), stored);
  const obsolete = put ? (stored.head?.object ?? stored.obsolete) : object;
  if (obsolete !== undefined) await blobs.remove(obsolete);
  return put ? head : undefined;
}

/** Deletes a registry's snapshots, with every version. */
export const removeSnapshots = (blobs: Blobs, place: GalleryPlace): Promise<void> =>
  blobs.removeUnder(`${folderOf(place)}/`);
