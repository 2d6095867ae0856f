import type { SpeakerId, SpeakerUid } from "../id.ts";
import type { Speaker } from "../ports/speaker.ts";
import { matchesCohort, normalizes, voiceStats } from "../score/scoring/norm.ts";
import type { Cohort } from "../score/scoring/types.ts";
import { type Int8Matrix, int8Matrix } from "../score/search/int8-matrix.ts";
import { quantize } from "../score/search/quantize.ts";
import { type GalleryBlock, speakerIdAt } from "./file/block.ts";
import type { GalleryInfo } from "./file/format.ts";
import { noRotations, plainVoice, type Rotations, rotatedVoice } from "./rotations.ts";
import { type RowIds, rowIds } from "./row-ids.ts";
import { type Scans, scansOf } from "./scans.ts";

/** The parts of a speaker that a gallery needs. */
export type Voice = Pick<Speaker, "speakerId" | "stats" | "sum" | "templateGeneration" | "uid">;

/** The voiceprints of one registry and model, with statistics against one cohort. */
export type GalleryIndex = {
  cohort: Cohort;
  /** Under which the rows are. Those of a voiceprint's generation must be known before `upsert`. */
  rotations: Rotations;
  matrix: Int8Matrix;
  ids: RowIds;
  /** While one runs, the index must not change. */
  scans: Scans;
  /** The number of voiceprints. */
  readonly voices: number;
  /** Bytes in memory, approximately. */
  readonly bytes: number;
  /**
   * Adds or replaces a stored voiceprint. Computes its statistics if the stored ones are of another
   * cohort, which takes up to a millisecond.
   */
  upsert(voice: Voice): void;
  /**
   * Adds the rows of a file's next block, before any other row. Returns the speakers of whom the
   * file has no statistics against its cohort: they must be read and added.
   */
  load(block: GalleryBlock): SpeakerId[];
  /** Does nothing if there is no voiceprint of this speaker. */
  remove(uid: SpeakerUid): void;
};

/** Whether the rows of a file can be searched against the cohort, under this generation. */
export const isUsable = (info: GalleryInfo, cohort: Cohort, generation: number): boolean =>
  info.dimension === cohort.dimension &&
  info.generation === generation &&
  (info.normalized
    ? info.cohortId === cohort.id && info.cohortErased === (cohort.erased ?? 0)
    : !normalizes(cohort));

export function makeGalleryIndex(cohort: Cohort, rotations = noRotations()): GalleryIndex {
  const matrix = int8Matrix(cohort.dimension);
  const ids = rowIds();
  /** Rows that were dropped and can hold another speaker. */
  const free: number[] = [];
  let voices = 0;

  /** The speaker's row, or a free one. */
  const rowFor = ({ uid }: Voice): number | undefined => {
    const known = ids.rowOf(uid);
    if (known !== undefined && matrix.has(known)) return known;
    return free.pop();
  };

  return {
    cohort,
    rotations,
    matrix,
    ids,
    scans: scansOf(),
    get voices() {
      return voices;
    },
    get bytes() {
      return matrix.bytes + ids.bytes;
    },
    upsert(given) {
      const current = matchesCohort(given.stats, cohort);
      const stats = current
        ? given.stats?.voice
        : voiceStats(plainVoice(rotations, given), cohort, given.uid);
      const quantized = quantize(rotatedVoice(rotations, given));
      const row = rowFor(given);
      if (row !== undefined && matrix.has(row)) return matrix.write(row, quantized, stats?.top);
      voices += 1;
      const at = row ?? matrix.append(quantized, stats?.top);
      if (row !== undefined) matrix.write(row, quantized, stats?.top);
      ids.add(at, given.uid, given.speakerId);
    },
    load({ rows, columns, ids: blockIds }) {
      const first = matrix.load(columns, rows);
      ids.load(blockIds, rows);
      const unknown: SpeakerId[] = [];
      for (let row = 0; row < rows; row++) {
        if (columns.std[row] !== 0) continue;
        unknown.push(speakerIdAt(blockIds, row));
        matrix.drop(first + row);
      }
      voices += rows - unknown.length;
      return unknown;
    },
    remove(uid) {
      const row = ids.rowOf(uid);
      if (row === undefined || !matrix.has(row)) return;
      matrix.drop(row);
      ids.forget(row);
      if (row >= ids.loaded) free.push(row);
      voices -= 1;
    },
  };
}
