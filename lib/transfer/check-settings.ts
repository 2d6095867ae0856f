import { cohortRecord } from "../domain/cohort/record.ts";
import { AppError } from "../error.ts";
import type { Model } from "../ports/model.ts";
import { decodeFloat32 } from "../score/scoring/codec.ts";
import type { UnitVector } from "../score/scoring/vector.ts";
import { fromBase64 } from "./bytes.ts";
import type { ActiveLine, CohortLine } from "./settings-format.ts";
import { cohortOfLine } from "./settings-lines.ts";

const LENGTH_TOLERANCE = 1e-4;

/** What no schema sees in a cohort's line: rows that are no voices, an id that is not its content's. */
export function cohortFault(line: CohortLine, { modelId, dimension }: Model): string | undefined {
  const bytes = fromBase64(line.rows);
  if (!bytes) return `the rows of ${line.id} are no base64.`;
  if (line.model === modelId && line.dimension !== dimension)
    return `${line.id} has voices of ${line.dimension} values; the model has ${dimension}.`;
  if (bytes.length !== 4 * line.dimension * line.voices.length)
    return `the rows of ${line.id} have ${bytes.length} bytes; ${line.voices.length} voices of ${line.dimension} float32 values have ${4 * line.dimension * line.voices.length}.`;
  const rows = rowsOf(line, decodeFloat32(bytes));
  const strange = rows.findIndex((row) => !(Math.abs(Math.hypot(...row) - 1) < LENGTH_TOLERANCE));
  if (strange >= 0) return `row ${strange + 1} of ${line.id} is not of length 1.`;
  // Of a cohort that lost voices nothing tells any more what it was made of.
  return line.erased > 0 ? undefined : contentFault(line, rows);
}

const rowsOf = ({ dimension, voices }: CohortLine, matrix: Float32Array): UnitVector[] =>
  voices.map((_, i) => matrix.subarray(i * dimension, (i + 1) * dimension) as UnitVector);

function contentFault(line: CohortLine, rows: readonly UnitVector[]): string | undefined {
  const record = cohortOfLine("reg_0", line);
  const { modelId, name, createdAt, topN, voices } = record;
  const head = { registryId: record.registryId, modelId, name, createdAt, topN, dimension: line.dimension };
  try {
    const made = cohortRecord(
      head,
      rows.map((vector, i) => ({ vector, voice: voices[i] })),
    );
    if (made.cohortId === line.id && made.sha256 === line.sha256Made) return undefined;
    return `${line.id} is not the id of these voices (that is ${made.cohortId}).`;
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
}

/** `known`: the cohorts and calibrations that stand before it, as "cohort coh_..." and "calibration cal_...". */
export function activeFault(line: ActiveLine, known: ReadonlySet<string>): string | undefined {
  const named = [
    ...[line.cohort, line.previousCohort].map((id) => id && `cohort ${id}`),
    ...[line.calibration, line.previousCalibration].map((id) => id && `calibration ${id}`),
  ];
  const lost = named.find((name) => name && !known.has(name));
  return lost ? `names the ${lost}, which does not stand before it.` : undefined;
}
