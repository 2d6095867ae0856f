import type { SpeakerId } from "../id.ts";
import type { Gallery, GalleryProbe, GallerySearch } from "../ports/gallery.ts";
import { normalizes } from "../score/scoring/norm.ts";
import type { CohortStats } from "../score/scoring/types.ts";
import { scanRows } from "../score/search/int8-scan.ts";
import type { GalleryIndex } from "./gallery-index.ts";

/** Searches as `Gallery.search` promises, in an index that is up to date. */
export function searchIndex(
  index: GalleryIndex,
  probe: GalleryProbe,
  limit: number,
  within: ReadonlySet<SpeakerId> | undefined,
): Awaited<ReturnType<Gallery["search"]>> {
  const { cohort, ids, matrix } = index;
  const rows = within && rowsWithin(index, within);
  const found = scanRows(matrix.target, {
    probe: probe.embedding,
    // A cohort normalizes all voices or none.
    stats: normalizes(cohort) ? probe.stats?.top : undefined,
    limit,
    within: rows,
    exceptions: exceptionsIn(index, probe, rows),
  });
  const hits = found.rows.map(({ row, score, error }) => ({
    speakerId: ids.speakerIdOf(row),
    uid: ids.uidOf(row),
    score,
    error,
  }));
  return { hits, floor: found.floor, searched: rows?.length ?? index.voices } satisfies GallerySearch;
}

/** Ascending rows of the speakers that have a voiceprint. */
function rowsWithin({ ids, matrix }: GalleryIndex, within: ReadonlySet<SpeakerId>): Uint32Array {
  const rows = [...within].flatMap((speakerId) => ids.rowOfSpeaker(speakerId, matrix.has) ?? []);
  return Uint32Array.from(rows).sort();
}

function exceptionsIn(
  { ids, matrix }: GalleryIndex,
  { without }: GalleryProbe,
  rows: Uint32Array | undefined,
): Map<number, CohortStats> {
  const exceptions = new Map<number, CohortStats>();
  const compared = rows && new Set(rows);
  for (const [uid, stats] of without ?? []) {
    const row = ids.rowOf(uid);
    if (row !== undefined && matrix.has(row) && compared?.has(row) !== false) exceptions.set(row, stats);
  }
  return exceptions;
}
