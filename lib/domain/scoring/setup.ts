import type { CalibrationId, CohortId, RegistryId } from "../../id.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { CalibrationSource } from "../../schema/decision.ts";
import type { Calibration, Cohort } from "../../score/scoring/types.ts";

/** A cohort and a calibration to score with. */
export type ScoringSetup = { cohort: Cohort; calibration: Calibration };
/** The active ones of a registry. `calibrationSource`: "own" if the registry fitted it. */
export type ActiveSetup = ScoringSetup & { calibrationSource: CalibrationSource };

/** read: the registry, if this request has just read it */
export async function scoringSetup(
  services: Pick<Services, "active" | "calibrations" | "cohorts" | "embedder">,
  registryId: RegistryId,
  read?: Registry,
): Promise<ActiveSetup> {
  const { modelId } = services.embedder.model;
  // One record names both, so a request never combines an old cohort with a new calibration.
  const active = read?.active ? read.active[modelId] : await services.active.get(registryId, modelId);
  const [cohort, calibration] = await Promise.all([
    chosenCohort(services, registryId, active?.activeCohort),
    chosenCalibration(services, registryId, active?.activeCalibration),
  ]);
  if (cohort.modelId !== modelId || calibration.modelId !== modelId)
    throw new RangeError(`cohort ${cohort.id} or calibration ${calibration.id} is of another model`);
  return { cohort, calibration, calibrationSource: active?.activeCalibration ? "own" : "bundled" };
}

/** The cohort that statistics of voiceprints are computed against. */
export async function activeCohort(
  services: Pick<Services, "active" | "cohorts" | "embedder">,
  registryId: RegistryId,
): Promise<Cohort> {
  const active = await services.active.get(registryId, services.embedder.model.modelId);
  return chosenCohort(services, registryId, active?.activeCohort);
}

async function chosenCohort(
  services: Pick<Services, "cohorts" | "embedder">,
  registryId: RegistryId,
  chosen: CohortId | undefined,
): Promise<Cohort> {
  if (!chosen) return services.cohorts.bundled(services.embedder.model.modelId);
  const record = await services.cohorts.get(registryId, chosen);
  if (!record) throw new RangeError(`the active cohort ${chosen} of ${registryId} is missing`);
  return record.cohort;
}

async function chosenCalibration(
  services: Pick<Services, "calibrations" | "embedder">,
  registryId: RegistryId,
  chosen: CalibrationId | undefined,
): Promise<Calibration> {
  if (!chosen) return services.calibrations.bundled(services.embedder.model.modelId);
  const record = await services.calibrations.get(registryId, chosen);
  if (!record) throw new RangeError(`the active calibration ${chosen} of ${registryId} is missing`);
  return record.calibration;
}

/**
 * True if the calibration was fitted with this cohort. Otherwise its thresholds hold for plain
 * cosines only, and normalized scores get no decision.
 */
export const isCalibratedFor = ({ cohort, calibration }: ScoringSetup): boolean =>
  calibration.cohortId === cohort.id;
