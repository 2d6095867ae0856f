import { AppError } from "../../error.ts";
import type { CalibrationId, CohortId, RegistryId } from "../../id.ts";
import type { CalibrationRecord } from "../../ports/calibration.ts";
import type { Services } from "../../ports/services.ts";
import type { CalibrationView } from "../../schema/calibration.ts";
import { needsCohort } from "../../score/scoring/calibration.ts";
import type { Calibration } from "../../score/scoring/types.ts";
import { changeActive } from "../registry/active-choice.ts";
import { type ScoringSetup, scoringSetup } from "../scoring/setup.ts";

type Needs = Pick<Services, "active" | "calibrations" | "clock" | "cohorts" | "embedder">;

/** "previous": the one before the last change; "bundled": the model's own. */
export type CalibrationChoice = CalibrationId | "bundled" | "previous";

/** The bundled calibration, then the registry's own, oldest first. */
export async function listCalibrations(
  services: Needs,
  input: { registryId: RegistryId },
): Promise<readonly CalibrationView[]> {
  const { modelId } = services.embedder.model;
  const setup = await scoringSetup(services, input.registryId);
  const bundled = await services.calibrations.bundled(modelId);
  const own = await services.calibrations.list(input.registryId, modelId);
  return [bundledView(setup, bundled), ...own.map((record) => recordView(setup, record))];
}

/** Throws `calibration-not-found`. */
export async function readCalibration(
  services: Needs,
  input: { registryId: RegistryId; calibrationId: CalibrationId },
): Promise<CalibrationView> {
  const setup = await scoringSetup(services, input.registryId);
  const bundled = await services.calibrations.bundled(services.embedder.model.modelId);
  if (bundled.id === input.calibrationId) return bundledView(setup, bundled);
  return recordView(setup, await requireCalibration(services, input.registryId, input.calibrationId));
}

/**
 * Makes decisions use this calibration from now on.
 *
 * throws `calibration-not-found`; `calibration-mismatch` if it was fitted with another model, or if
 *        its scores depend on another cohort than the active one, since its thresholds would mean
 *        nothing
 */
export async function activateCalibration(
  services: Needs & Pick<Services, "random">,
  input: { registryId: RegistryId; calibration: CalibrationChoice },
): Promise<CalibrationView> {
  const { registryId } = input;
  const { modelId } = services.embedder.model;
  const bundled = await services.calibrations.bundled(modelId);
  const active = await changeActive(services, registryId, async (existing) => {
    const requested = input.calibration === "previous" ? existing.previousCalibration : input.calibration;
    const chosen = requested === "bundled" || requested === bundled.id ? undefined : requested;
    const calibration = chosen
      ? (await requireCalibration(services, registryId, chosen)).calibration
      : bundled;
    const bundledCohort = await services.cohorts.bundled(modelId);
    refuseMismatch(services, calibration, existing.activeCohort ?? bundledCohort.id);
    if (chosen === existing.activeCalibration) return {};
    return { activeCalibration: chosen, previousCalibration: existing.activeCalibration };
  });
  const calibrationId = active.activeCalibration ?? bundled.id;
  return readCalibration(services, { registryId, calibrationId });
}

function refuseMismatch(
  { embedder: { model } }: Pick<Services, "embedder">,
  calibration: Calibration,
  activeCohort: CohortId,
): void {
  const { id, modelId, cohortId } = calibration;
  if (modelId !== model.modelId)
    throw new AppError(
      "calibration-mismatch",
      `${id} was fitted with model ${modelId}, but this service runs ${model.name} (${model.modelId}). ` +
        "Calibrate again with this model.",
    );
  if (cohortId !== activeCohort && needsCohort(calibration))
    throw new AppError(
      "calibration-mismatch",
      `${id} was fitted with cohort ${cohortId}, but ${activeCohort} is active. ` +
        `Activate ${cohortId} first, or calibrate again.`,
    );
}

async function requireCalibration(
  { calibrations }: Pick<Services, "calibrations">,
  registryId: RegistryId,
  calibrationId: CalibrationId,
): Promise<CalibrationRecord> {
  const record = await calibrations.get(registryId, calibrationId);
  if (!record)
    throw new AppError("calibration-not-found", `No calibration ${calibrationId} exists in this registry.`);
  return record;
}

const bundledView = (setup: ScoringSetup, calibration: Calibration): CalibrationView => ({
  ...commonView(setup, calibration),
  bundled: true,
  createdAt: null,
  report: null,
});

const recordView = (
  setup: ScoringSetup,
  { calibration, createdAt, report }: CalibrationRecord,
): CalibrationView => ({ ...commonView(setup, calibration), bundled: false, createdAt, report });

function commonView(active: ScoringSetup, calibration: Calibration) {
  const { cohortId, modelId, ...rest } = calibration;
  return {
    ...rest,
    model: modelId,
    cohort: cohortId,
    active: calibration.id === active.calibration.id,
    fitsCohort: !needsCohort(calibration) || cohortId === active.cohort.id,
  };
}
