import { createHash } from "node:crypto";
import { AppError } from "../../error.ts";
import { makeId } from "../../id.ts";
import type { CohortRecord, CohortVoice } from "../../ports/cohort.ts";
import { encodeFloat32 } from "../../score/scoring/codec.ts";
import { normalizes } from "../../score/scoring/norm.ts";
import type { UnitVector } from "../../score/scoring/vector.ts";

/** One voice to build a cohort from. */
export type CohortRow = { vector: UnitVector; voice: CohortVoice };

/**
 * AS-Norm estimates mean and spread from the cohort's voices. With 20 voices the spread is accurate
 * to about a sixth (the relative standard error of a standard deviation is 1 / sqrt(2 (n - 1)));
 * with fewer, its error would dominate every score.
 */
export const MIN_VOICES = 20;
/** The default number of nearest voices that AS-Norm uses, if the cohort is large enough. */
const USUAL_TOP_N = 50;

/** The default topN; half of a small cohort, because AS-Norm over all voices would be S-Norm. */
export const usualTopN = (size: number): number => Math.min(USUAL_TOP_N, Math.floor(size / 2));

/**
 * Builds the record of a cohort. The id is a hash of what scores depend on: model, topN, the voices
 * and their owners. The order of the rows does not matter.
 *
 * throws `cohort-too-small` below 20 voices, or if topN needs every row, although scoring leaves
 *        out a speaker's own row
 */
export function cohortRecord(
  head: Pick<CohortRecord, "createdAt" | "modelId" | "name" | "registryId"> & {
    dimension: number;
    topN: number | undefined;
  },
  rows: readonly CohortRow[],
): CohortRecord {
  const { dimension, topN = usualTopN(rows.length), ...rest } = head;
  const encoded = rows
    .map((row) => ({ row, bytes: Buffer.from(encodeFloat32(row.vector)) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  const ordered = encoded.map(({ row }) => row);
  const matrix = new Float32Array(rows.length * dimension);
  for (const [i, { vector }] of ordered.entries()) matrix.set(vector, i * dimension);
  const owners = ordered.map(({ voice }) => voice.owner);
  const size = rows.length;
  refuseSmall({ size, topN, owners });
  const hash = createHash("sha256").update(`voiceroll cohort 1\n${head.modelId}\n${dimension}\n${topN}\n`);
  for (const { row, bytes } of encoded) hash.update(bytes).update(`${row.voice.owner ?? ""}\n`);
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
      `A cohort needs ${MIN_VOICES} voices, and this one has ${size}. ` +
        "Add clips of more people, or include the bundled cohort.",
    );
  if (!normalizes(cohort))
    throw new AppError(
      "cohort-too-small",
      `topN ${topN} needs more than the ${size} voices of this cohort, because a speaker's own voice does not count. ` +
        "Use at most half the number of voices.",
    );
}
