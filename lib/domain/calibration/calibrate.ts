import type { CalibrationId, CohortId, RegistryId, SpeakerId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { CalibrationView } from "../../schema/calibration.ts";
import { activateCohort } from "../cohort/cohort.ts";
import { activateCalibration, readCalibration } from "./calibration.ts";
import { type FitInput, type FitNeeds, fitCalibration } from "./fit.ts";

/**
 * Fits a calibration, stores it and, with `activate`, makes decisions use it from now on.
 *
 * cohort    fit for this cohort, which need not be active; `activate` then activates it as well
 * suspects  pairs of speakers who sound like one person; returned here only, never stored
 */
export async function calibrate(
  services: FitNeeds & Pick<Services, "backgroundTasks" | "random">,
  input: FitInput & { activate?: boolean | undefined },
): Promise<{ calibration: CalibrationView; suspects: readonly [SpeakerId, SpeakerId][] }> {
  const { registryId, cohort, activate } = input;
  const { record, suspects } = await fitCalibration(services, input);
  const fitted = { registryId, cohort, calibrationId: record.calibration.id };
  if (activate) await activateFitted(services, fitted);
  return { calibration: await readCalibration(services, fitted), suspects };
}

/**
 * Activates a calibration together with the cohort that it was fitted for.
 *
 * cohort  undefined: the active one
 */
export async function activateFitted(
  services: FitNeeds & Pick<Services, "backgroundTasks" | "random">,
  input: {
    registryId: RegistryId;
    cohort?: CohortId | "bundled" | undefined;
    calibrationId: CalibrationId;
  },
): Promise<void> {
  const { registryId, cohort, calibrationId } = input;
  // The thresholds hold only with their cohort: without it, activateCalibration refuses them.
  if (cohort) await activateCohort(services, { registryId, cohort });
  await activateCalibration(services, { registryId, calibration: calibrationId });
}
