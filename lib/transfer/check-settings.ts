import { type CohortRow, cohortRecord } from "../domain/cohort/record.ts";
import { AppError } from "../error.ts";
import type { Model } from "../ports/model.ts";
import { decodeFloat32 } from "../score/scoring/codec.ts";
import type { UnitVector } from "../score/scoring/vector.ts";
import { fromBase64 } from "./bytes.ts";
import type { ActiveLine, CohortLine } from "./settings-format.ts";
import { cohortOfLine } from "./settings-lines.ts";

const LENGTH_TOLERANCE = 1e-4;

/**
 * What the schema can't check in a cohort line: the rows, and the id that follows from the content.
 */
export function cohortFault(line: CohortLine, { modelId, dimension }: Model): string | undefined {
  const bytes = fromBase64(line.rows);
  if (!bytes) return `the rows of ${line.id} are not base64.`;
  if (line.model === modelId && line.dimension !== dimension)
    return `${line.id} has voices of ${line.dimension} values; the model's have ${dimension}.`;
  const expectedBytes = 4 * line.dimension * line.voices.length;
  if (bytes.length !== expectedBytes)
    return (
      `the rows of ${line.id} have ${bytes.length} bytes; ` +
      `${line.voices.length} voices of ${line.dimension} float32 values have ${expectedBytes}.`
    );
  const rows = rowsOf(line, decodeFloat32(bytes));
  const wrong = rows.findIndex(({ vector }) => !(Math.abs(Math.hypot(...vector) - 1) < LENGTH_TOLERANCE));
  if (wrong >= 0) return `row ${wrong + 1} of ${line.id} does not have length 1.`;
  // The id was computed from all voices, so it can't be checked after some were erased.
  return line.erased > 0 ? undefined : contentFault(line, rows);
}

const rowsOf = (line: CohortLine, matrix: Float32Array): CohortRow[] =>
  cohortOfLine("reg_0", line).voices.map((voice, i) => ({
    voice,
    vector: matrix.subarray(i * line.dimension, (i + 1) * line.dimension) as UnitVector,
  }));

function contentFault(line: CohortLine, rows: readonly CohortRow[]): string | undefined {
  const { registryId, modelId, name, createdAt, topN } = cohortOfLine("reg_0", line);
  const head = { registryId, modelId, name, createdAt, topN, dimension: line.dimension };
  try {
    const computed = cohortRecord(head, rows);
    if (computed.cohortId === line.id && computed.sha256 === line.sha256Made) return undefined;
    return `${line.id} is not the id of these voices; their id is ${computed.cohortId}.`;
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
}

/**
 * What is wrong with the references of an `active` line, or undefined.
 *
 * known  the cohorts and calibrations on earlier lines, as "cohort coh_..." and "calibration
 *        cal_..."
 */
export function activeFault(line: ActiveLine, known: ReadonlySet<string>): string | undefined {
  const references = [
    ...[line.cohort, line.previousCohort].map((id) => id && `cohort ${id}`),
    ...[line.calibration, line.previousCalibration].map((id) => id && `calibration ${id}`),
  ];
  const unknown = references.find((reference) => reference && !known.has(reference));
  return unknown ? `names ${unknown}, which no earlier line defines.` : undefined;
}
