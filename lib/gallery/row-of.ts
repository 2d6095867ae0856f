import { fromFixed } from "../score/scoring/fixed-point.ts";
import { matchesCohort } from "../score/scoring/norm.ts";
import type { CohortStats } from "../score/scoring/types.ts";
import { quantize } from "../score/search/quantize.ts";
import type { GalleryInfo, GalleryRow } from "./file/format.ts";
import type { GalleryIndex, Voice } from "./gallery-index.ts";

/**
 * A row has this std if its statistics are of another cohort than the file's, or its voice is
 * rotated under another generation. None is this small.
 */
const UNKNOWN: CohortStats = { mean: 0, std: 0 };
const NONE: CohortStats = { mean: 0, std: 1 };

/** Whether a stored voiceprint can be a row of the file as it is, for which nobody needs a key. */
export const isOfGeneration = ({ templateGeneration = 0 }: Voice, { generation }: GalleryInfo): boolean =>
  templateGeneration === generation;

/** The row of a stored voiceprint, rounded to the float32 of the file. */
export function rowOf(voice: Voice, info: GalleryInfo): GalleryRow {
  const { uid, speakerId, sum, stats } = voice;
  const cohort = { id: info.cohortId, erased: info.cohortErased };
  const known = matchesCohort(stats, cohort) ? stats?.voice.top : UNKNOWN;
  const given = (info.normalized ? known : NONE) ?? UNKNOWN;
  const { mean, std } = isOfGeneration(voice, info) ? given : UNKNOWN;
  return { ...quantize(fromFixed(sum)), uid, speakerId, mean: Math.fround(mean), std: Math.fround(std) };
}

/** Whether the row's statistics must be computed from the stored voiceprint. */
export const isUnknown = ({ std }: Pick<CohortStats, "std">): boolean => std === 0;

/**
 * Yields the rows of an index in order of uid, for a file. The index may change meanwhile: rows
 * that were added since the first one are left out.
 */
export function* rowsInOrder({ ids, matrix }: GalleryIndex): Generator<GalleryRow> {
  const rowAt = (row: number, uid: string): GalleryRow | undefined => {
    const read = ids.uidOf(row) === uid ? matrix.read(row) : undefined;
    return read && { ...read, uid: ids.uidOf(row), speakerId: ids.speakerIdOf(row) };
  };
  const added: { row: number; uid: string }[] = [];
  for (let row = ids.loaded; row < matrix.target.size; row++)
    if (matrix.has(row)) added.push({ row, uid: ids.uidOf(row) });
  added.sort((a, b) => (a.uid < b.uid ? -1 : 1));
  let next = 0;
  const upTo = function* (uid: string | undefined) {
    for (let one = added[next]; one && (uid === undefined || one.uid < uid); one = added[next]) {
      const row = rowAt(one.row, one.uid);
      if (row) yield row;
      next += 1;
    }
  };
  for (let loaded = 0; loaded < ids.loaded; loaded++) {
    if (!matrix.has(loaded)) continue;
    const uid = ids.uidOf(loaded);
    yield* upTo(uid);
    const row = rowAt(loaded, uid);
    if (row) yield row;
  }
  yield* upTo(undefined);
}
