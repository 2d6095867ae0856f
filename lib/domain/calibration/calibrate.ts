import type { SpeakerId } from "../../id.ts";
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
  const { id } = record.calibration;
  if (!activate)
    return { calibration: await readCalibration(services, { registryId, calibrationId: id }), suspects };
  // The thresholds hold only with their cohort: without it, activateCalibration refuses them.
  if (cohort) await activateCohort(services, { registryId, cohort });
  const calibration = await activateCalibration(services, { registryId, calibration: id });
  return { calibration, suspects };
}
