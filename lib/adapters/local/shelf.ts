import type { SpeakerId, SpeakerUid } from "../../id.ts";
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
  rowOf: Map<SpeakerUid, number>;
  /** The last change that is in here. */
  seen: number;
};

export const makeShelf = (cohort: Cohort): Shelf => ({
  cohort,
  matrix: scanMatrix(cohort.dimension),
  rows: [],
  rowOf: new Map(),
  seen: 0,
});

export function place(shelf: Shelf, row: ShelfRow, voice: UnitVector): void {
  const standing = shelf.rowOf.get(row.uid);
  if (standing !== undefined) {
    shelf.matrix.replace(standing, voice);
    shelf.rows[standing] = row;
    return;
  }
  shelf.matrix.append(voice);
  shelf.rowOf.set(row.uid, shelf.rows.length);
  shelf.rows.push(row);
}

/** The last row moves into the gap, as in the matrix. */
export function takeOut(shelf: Shelf, uid: SpeakerUid): void {
  const gap = shelf.rowOf.get(uid);
  if (gap === undefined) return;
  shelf.matrix.removeSwap(gap);
  shelf.rowOf.delete(uid);
  const last = shelf.rows.pop();
  if (!last || last.uid === uid) return;
  shelf.rows[gap] = last;
  shelf.rowOf.set(last.uid, gap);
}
