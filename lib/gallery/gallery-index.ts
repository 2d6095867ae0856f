import type { SpeakerId, SpeakerUid } from "../id.ts";
import type { Speaker } from "../ports/speaker.ts";
import { fromFixed } from "../score/scoring/fixed-point.ts";
import { matchesCohort, voiceStats } from "../score/scoring/norm.ts";
import type { Cohort, VoiceStats } from "../score/scoring/types.ts";
import type { UnitVector } from "../score/scoring/vector.ts";
import { type ScanMatrix, scanMatrix } from "../score/search/scan.ts";

/** stats: of the voiceprint against the index's cohort. Undefined if the cohort is too small. */
type GalleryRow = { uid: SpeakerUid; speakerId: SpeakerId; stats: VoiceStats | undefined };

/** The voiceprints of one registry and model. `rows[i]` describes row i of the matrix. */
export type GalleryIndex = {
  cohort: Cohort;
  matrix: ScanMatrix;
  rows: GalleryRow[];
  /**
   * `rows[i].stats.top` as columns: a search reads all of them, and following pointers would take
   * half of its time.
   */
  mean: number[];
  std: number[];
  rowOf: Map<SpeakerUid, number>;
};

export const makeGalleryIndex = (cohort: Cohort): GalleryIndex => ({
  cohort,
  matrix: scanMatrix(cohort.dimension),
  rows: [],
  mean: [],
  std: [],
  rowOf: new Map(),
});

function place(index: GalleryIndex, row: GalleryRow, voice: UnitVector): void {
  const existing = index.rowOf.get(row.uid);
  if (existing !== undefined) {
    index.matrix.replace(existing, voice);
    describe(index, existing, row);
    return;
  }
  index.matrix.append(voice);
  index.rowOf.set(row.uid, index.rows.length);
  describe(index, index.rows.length, row);
}

/** Without statistics, mean 0 and std 1 leave a cosine unchanged. */
function describe(index: GalleryIndex, at: number, row: GalleryRow): void {
  index.rows[at] = row;
  index.mean[at] = row.stats?.top.mean ?? 0;
  index.std[at] = row.stats?.top.std ?? 1;
}

/**
 * Adds or replaces a stored voiceprint. Computes its statistics if the stored ones are of another
 * cohort.
 */
export function upsertVoice(
  index: GalleryIndex,
  { uid, speakerId, sum, stats }: Pick<Speaker, "speakerId" | "stats" | "sum" | "uid">,
): void {
  const voice = fromFixed(sum);
  const own = matchesCohort(stats, index.cohort) ? stats?.voice : voiceStats(voice, index.cohort, uid);
  place(index, { uid, speakerId, stats: own }, voice);
}

/** Moves the last row into the gap, as the matrix does. */
export function removeVoice(index: GalleryIndex, uid: SpeakerUid): void {
  const gap = index.rowOf.get(uid);
  if (gap === undefined) return;
  index.matrix.removeSwap(gap);
  index.rowOf.delete(uid);
  const last = index.rows.pop();
  index.mean.pop();
  index.std.pop();
  if (!last || last.uid === uid) return;
  describe(index, gap, last);
  index.rowOf.set(last.uid, gap);
}
