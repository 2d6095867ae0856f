import { createHash } from "node:crypto";
import { AppError } from "../../error.ts";
import { makeId } from "../../id.ts";
import type { CohortRecord, CohortVoice } from "../../ports/cohort.ts";
import { encodeFloat32 } from "../../score/scoring/codec.ts";
import { normalizes } from "../../score/scoring/norm.ts";
import type { UnitVector } from "../../score/scoring/vector.ts";

/** One voice of a cohort to be. */
export type CohortRow = { vector: UnitVector; voice: CohortVoice };

/**
 * Mean and spread are told from these few voices: with 20 the spread is known to within about a sixth (the relative
 * standard error of a standard deviation is 1 / sqrt(2 (n - 1))), with fewer every score would be more noise than norm.
 */
export const MIN_VOICES = 20;
/** Nearest voices that AS-Norm compares with where nobody says how many and the cohort is large enough. */
const USUAL_TOP_N = 50;

/** Of a small cohort the nearer half: with all of them AS-Norm would be S-Norm. */
export const usualTopN = (size: number): number => Math.min(USUAL_TOP_N, Math.floor(size / 2));

/**
 * The cohort of these voices. Its id follows from what scores depend on: model, topN, the voices, and whose they are. The
 * order that they came in does not matter.
 *
 * throws `cohort-too-small` below 20 voices, or where topN leaves none out for a speaker whose own row it is
 */
export function cohortRecord(
  head: Pick<CohortRecord, "createdAt" | "modelId" | "name" | "registryId"> & {
    dimension: number;
    topN: number | undefined;
  },
  rows: readonly CohortRow[],
): CohortRecord {
  const { dimension, topN = usualTopN(rows.length), ...rest } = head;
  const keyed = rows
    .map((row) => ({ row, bytes: Buffer.from(encodeFloat32(row.vector)) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  const ordered = keyed.map(({ row }) => row);
  const matrix = new Float32Array(rows.length * dimension);
  for (const [i, { vector }] of ordered.entries()) matrix.set(vector, i * dimension);
  const owners = ordered.map(({ voice }) => voice.owner);
  const size = rows.length;
  refuseSmall({ size, topN, owners });
  const hash = createHash("sha256").update(`voiceroll cohort 1\n${head.modelId}\n${dimension}\n${topN}\n`);
  for (const { row, bytes } of keyed) hash.update(bytes).update(`${row.voice.owner ?? ""}\n`);
  const digest = hash.digest();
  const cohortId = makeId("coh", digest.subarray(0, 16));
  return {
    ...rest,
    cohortId,
    sha256: digest.toString("hex"),
    size,
    topN,
    erased: 0,
    cohort: { id: cohortId, modelId: head.modelId, size, dimension, topN, erased: 0, rows: matrix, owners },
    voices: ordered.map(({ voice }) => voice),
  };
}

function refuseSmall(cohort: { size: number; topN: number; owners: readonly CohortVoice["owner"][] }): void {
  const { size, topN } = cohort;
  if (size < MIN_VOICES)
    throw new AppError(
      "cohort-too-small",
      `A cohort needs ${MIN_VOICES} voices; there are ${size}. Add clips of more people, or mix in the bundled cohort.`,
    );
  if (!normalizes(cohort))
    throw new AppError(
      "cohort-too-small",
      `topN ${topN} needs more voices than the ${size} there are (a speaker's own voice does not count); at most half of them is usual.`,
    );
}
