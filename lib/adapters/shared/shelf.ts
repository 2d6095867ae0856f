import type { SpeakerId, SpeakerUid } from "../../id.ts";
import type { Speaker } from "../../ports.ts";
import { fromFixed } from "../../score/fixed-point.ts";
import { areOf, voiceStats } from "../../score/norm.ts";
import { type ScanMatrix, scanMatrix } from "../../score/scan.ts";
import type { Cohort, VoiceStats } from "../../score/types.ts";
import type { UnitVector } from "../../score/vector.ts";

/** `stats`: the voiceprint against the shelf's cohort; undefined where that is too small. */
export type ShelfRow = { uid: SpeakerUid; speakerId: SpeakerId; stats: VoiceStats | undefined };

/** The voiceprints of one registry and model; `rows[i]` describes row i of the matrix. */
export type Shelf = {
  cohort: Cohort;
  matrix: ScanMatrix;
  rows: ShelfRow[];
  /** `rows[i].stats.top`, side by side: a search reads all of them, and following pointers would take half its time. */
  mean: number[];
  std: number[];
  rowOf: Map<SpeakerUid, number>;
};

export const makeShelf = (cohort: Cohort): Shelf => ({
  cohort,
  matrix: scanMatrix(cohort.dimension),
  rows: [],
  mean: [],
  std: [],
  rowOf: new Map(),
});

function place(shelf: Shelf, row: ShelfRow, voice: UnitVector): void {
  const standing = shelf.rowOf.get(row.uid);
  if (standing !== undefined) {
    shelf.matrix.replace(standing, voice);
    describe(shelf, standing, row);
    return;
  }
  shelf.matrix.append(voice);
  shelf.rowOf.set(row.uid, shelf.rows.length);
  describe(shelf, shelf.rows.length, row);
}

/** Without statistics 0 and 1, which leave a cosine as it is. */
function describe(shelf: Shelf, at: number, row: ShelfRow): void {
  shelf.rows[at] = row;
  shelf.mean[at] = row.stats?.top.mean ?? 0;
  shelf.std[at] = row.stats?.top.std ?? 1;
}

/** A voiceprint as it is stored -> on the shelf. Statistics of another cohort are not used. */
export function stand(
  shelf: Shelf,
  { uid, speakerId, sum, stats }: Pick<Speaker, "speakerId" | "stats" | "sum" | "uid">,
): void {
  const voice = fromFixed(sum);
  const own = areOf(stats, shelf.cohort) ? stats?.voice : voiceStats(voice, shelf.cohort, uid);
  place(shelf, { uid, speakerId, stats: own }, voice);
}

/** The last row moves into the gap, as in the matrix. */
export function takeOut(shelf: Shelf, uid: SpeakerUid): void {
  const gap = shelf.rowOf.get(uid);
  if (gap === undefined) return;
  shelf.matrix.removeSwap(gap);
  shelf.rowOf.delete(uid);
  const last = shelf.rows.pop();
  shelf.mean.pop();
  shelf.std.pop();
  if (!last || last.uid === uid) return;
  describe(shelf, gap, last);
  shelf.rowOf.set(last.uid, gap);
}
