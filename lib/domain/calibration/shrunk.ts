import type { Services } from "../../ports/services.ts";
import { crossValidated } from "../../score/fit/cross-validation.ts";
import { canBePrior, shrunkTables } from "../../score/fit/shrink.ts";
import { methodOf, needsCohort } from "../../score/scoring/calibration.ts";
import type { Calibration, Cohort } from "../../score/scoring/types.ts";
import type { CalibrationTrials } from "./trials.ts";

/** With fewer, an own calibration starts from the model's (docs/calibration.md). */
const ENOUGH_SPEAKERS = 30;

/**
 * The model's calibration, if the registry's speakers are too few to do without it and it holds
 * with this cohort.
 */
export async function priorOf(
  { calibrations }: Pick<Services, "calibrations">,
  cohort: Cohort,
  { speakers }: CalibrationTrials,
): Promise<Calibration | undefined> {
  if (speakers >= ENOUGH_SPEAKERS) return undefined;
  const bundled = await calibrations.bundled(cohort.modelId);
  const holds = bundled.cohortId === cohort.id || !needsCohort(bundled);
  return holds && canBePrior(bundled) ? bundled : undefined;
}

/** Replaces the plain tables of the prior's method by the prior's, moved towards the trials. */
export function shrunk(
  plain: Calibration["tables"],
  trials: CalibrationTrials["trials"],
  prior: Calibration,
) {
  const method = methodOf(prior);
  const others = plain.filter((table) => table.method !== method);
  const tables = [...others, ...shrunkTables(trials, prior)];
  const quality = crossValidated(method, trials, (half) => shrunkTables(half, prior));
  return { tables, method, qualities: quality && [{ method, ...quality }] };
}
