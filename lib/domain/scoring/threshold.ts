import { AppError } from "../../error.ts";
import type { Band, ThresholdView } from "../../schema/score.ts";
import type { CalibrationTable, OperatingPoint } from "../../score/scoring/types.ts";

/** The error for a false-accept rate below the measured ones. */
export function unmeasuredFar(table: CalibrationTable, far: number): AppError {
  const detail = `${unmeasuredText(table, far)}${neededText(table, far)}`;
  return new AppError("validation-failed", detail, {
    errors: [{ pointer: "/operatingPoint/far", detail }],
  });
}

function unmeasuredText(table: CalibrationTable, far: number): string {
  const smallest = table.points[0]?.far;
  return smallest === undefined
    ? `No false-accept rate was measured for ${table.method} on ${kindOf(table)}.`
    : `A false-accept rate of ${far} was not measured on ${kindOf(table)}. The smallest measured rate is ${smallest}.`;
}

function neededText({ lacking = [] }: CalibrationTable, far: number): string {
  const reason = lacking.findLast((one) => one.far <= far + 1e-12) ?? lacking[0];
  return reason ? ` Too few trials for ${reason.far}: need ${reason.moreSpeakers} more speakers.` : "";
}

const kindOf = ({ bucket, bandwidth }: CalibrationTable): string =>
  `trials of ${bucket === "any" ? "any length" : bucket} and ${bandwidth} band`;

export const thresholdView = (table: CalibrationTable, point: OperatingPoint): ThresholdView => ({
  method: table.method,
  value: point.threshold,
  asNorm: table.method === "as-norm" ? point.threshold : null,
  far: point.far,
  frr: point.frr,
  genuineTrials: point.genuineTrials,
  impostorTrials: point.impostorTrials,
  measured: point.measured ?? null,
  bucket: table.bucket,
  bandwidth: table.bandwidth,
});

/**
 * The likelihood ratio in words, by the scale of the ENFSI Guideline for Evaluative Reporting in
 * Forensic Science (2015), section 2.4: below 2 no support, to 10 weak, to 100 moderate. "strong"
 * is everything from 100. "none" also if `llr` is null, that is not measured.
 */
export function bandOf(llr: number | null): Band {
  if (llr === null) return "none";
  if (llr >= Math.log(100)) return "strong";
  if (llr >= Math.log(10)) return "moderate";
  return llr >= Math.log(2) ? "weak" : "none";
}
