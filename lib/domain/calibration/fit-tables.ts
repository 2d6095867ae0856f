import { AppError } from "../../error.ts";
import type { Services } from "../../ports/services.ts";
import { type FittedKind, fitKind, KINDS, type MissingKind } from "../../score/fit/fit.ts";
import { invalid } from "../invalid.ts";
import type { CalibrationTrials, FitProgress } from "./trials.ts";

/**
 * Fits a table for each kind of trial (duration and bandwidth) that has enough trials.
 *
 * returns  the tables, and the kinds that have too few trials
 * throws   `too-few-trials` if even all trials together are too few; `validation-failed` if genuine
 *          trials do not score higher than impostor trials
 */
export async function fitTables(
  { clock }: Pick<Services, "clock">,
  { trials, skippedSpeakers }: CalibrationTrials,
  onProgress: FitProgress = () => undefined,
) {
  const kinds: (FittedKind | MissingKind)[] = [];
  for (const kind of KINDS) {
    kinds.push(tablesOfKind(trials, kind));
    // Yield between kinds so that other requests can run.
    await clock.sleep(0);
    await onProgress("fitting", kinds.length, KINDS.length);
  }
  const missing = kinds.flatMap((kind) => ("tables" in kind ? [] : [kind]));
  const pooled = missing.find(({ bandwidth, bucket }) => bandwidth === "any" && bucket === "any");
  if (pooled) throw tooFew(pooled, skippedSpeakers);
  return { tables: kinds.flatMap((kind) => ("tables" in kind ? kind.tables : [])), missing };
}

function tablesOfKind(trials: CalibrationTrials["trials"], kind: (typeof KINDS)[number]) {
  try {
    return fitKind(trials, kind);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalid(
      "/trials",
      "Genuine trials do not score higher than impostor trials. " +
        "Check for swapped labels and for clips enrolled under the wrong speaker.",
    );
  }
}

function tooFew({ genuineTrials, genuineSpeakers, moreSpeakers }: MissingKind, skipped: number): AppError {
  const skippedText = skipped > 0 ? ` ${skipped} speakers have too few clips of this model to count.` : "";
  return new AppError(
    "too-few-trials",
    `Too few trials: need ${moreSpeakers} more speakers with two clips or more each. ` +
      `There are ${genuineTrials} genuine trials of ${genuineSpeakers} speakers.${skippedText}`,
  );
}
