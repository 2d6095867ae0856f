import type { SpeakerId } from "../id.ts";
import type { GalleryProbe, GallerySearch } from "../ports/gallery.ts";
import { normalizes } from "../score/scoring/norm.ts";
import { directionError } from "../score/scoring/rotation.ts";
import type { CohortStats } from "../score/scoring/types.ts";
import { type FoundRows, type RowSearch, scanRows } from "../score/search/int8-scan.ts";
import type { GalleryIndex } from "./gallery-index.ts";
import { rotatedProbe } from "./rotations.ts";
import type { ScanThread } from "./scans.ts";

/** Searches as `Gallery.search` promises, in an index that is up to date. */
export function searchIndex(...given: IndexSearch): GallerySearch {
  const [index] = given;
  const search = rowSearchOf(given);
  return resultOf(index, search, scanRows(index.matrix.target, search));
}

/** Like `searchIndex`. Scans many rows in the thread, and the index must not change meanwhile. */
export async function searchInThread(
  thread: ScanThread | undefined,
  ...given: IndexSearch
): Promise<GallerySearch> {
  const [index, , , within] = given;
  if (within) await index.ids.prepare();
  const search = rowSearchOf(given);
  if (!thread || comparedIn(index, search) < thread.from)
    return resultOf(index, search, scanRows(index.matrix.target, search));
  return index.scans.during(async () =>
    resultOf(index, search, await thread.scan(index.matrix.target, search)),
  );
}

type IndexSearch = [
  index: GalleryIndex,
  probe: GalleryProbe,
  limit: number,
  within: ReadonlySet<SpeakerId> | undefined,
];

function rowSearchOf([index, probe, limit, within]: IndexSearch): RowSearch {
  const rows = within && rowsWithin(index, within);
  return {
    probe: rotatedProbe(index.rotations, probe.embedding),
    rotationError: index.rotations.generation === 0 ? 0 : directionError(index.cohort.dimension),
    // A cohort normalizes all voices or none.
    stats: normalizes(index.cohort) ? probe.stats?.top : undefined,
    limit,
    within: rows,
    exceptions: exceptionsIn(index, probe, rows),
  };
}

function resultOf(index: GalleryIndex, search: RowSearch, found: FoundRows): GallerySearch {
  const { ids } = index;
  const hits = found.rows.map(({ row, score, error }) => ({
    speakerId: ids.speakerIdOf(row),
    uid: ids.uidOf(row),
    score,
    error,
  }));
  return { hits, floor: found.floor, searched: comparedIn(index, search) };
}

const comparedIn = (index: GalleryIndex, { within }: RowSearch): number => within?.length ?? index.voices;

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
