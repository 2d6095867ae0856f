import { AppError } from "../../error.ts";
import type { CalibrationId, CohortId, RegistryId } from "../../id.ts";
import type { CalibrationRecord } from "../../ports/calibration.ts";
import type { Services } from "../../ports/services.ts";
import type { CalibrationReport } from "../../score/fit/report.ts";
import { methodOf } from "../../score/scoring/calibration.ts";
import type { Calibration } from "../../score/scoring/types.ts";
import { changeActive } from "../registry/active-choice.ts";
import { scoringSetup } from "../scoring/setup.ts";

type Needs = Pick<Services, "active" | "calibrations" | "clock" | "cohorts" | "embedder">;

/** What callers see of a calibration. */
export type CalibrationView = Omit<Calibration, "cohortId" | "modelId"> & {
  model: string;
  cohort: string;
  /** Came with the model. */
  bundled: boolean;
  active: boolean;
  /** Its thresholds hold with the cohort that is active now: fitted with it, or of plain cosines. */
  fitsCohort: boolean;
  /** Null for the bundled one. */
  createdAt: string | null;
  report: CalibrationReport | null;
};

/** "previous": what was active before the last change; "bundled": what came with the model. */
export type CalibrationChoice = CalibrationId | "bundled" | "previous";

/** The bundled one first, then the registry's own in the order they were made. */
export async function listCalibrations(
  services: Needs,
  input: { registryId: RegistryId },
): Promise<readonly CalibrationView[]> {
  const { modelId } = services.embedder.model;
  const view = await viewer(services, input.registryId);
  const bundled = await services.calibrations.bundled(modelId);
  const own = await services.calibrations.list(input.registryId, modelId);
  return [view(bundled), ...own.map((record) => view(record.calibration, record))];
}

export async function readCalibration(
  services: Needs,
  input: { registryId: RegistryId; calibrationId: CalibrationId },
): Promise<CalibrationView> {
  const view = await viewer(services, input.registryId);
  const bundled = await services.calibrations.bundled(services.embedder.model.modelId);
  if (bundled.id === input.calibrationId) return view(bundled);
  const record = await requireCalibration(services, input.registryId, input.calibrationId);
  return view(record.calibration, record);
}

/**
 * From now on decisions are made by this one. Refused where it was fitted with another model or another cohort than the
 * active one: its thresholds would decide nothing.
 */
export async function activateCalibration(
  services: Needs & Pick<Services, "random">,
  input: { registryId: RegistryId; calibration: CalibrationChoice },
): Promise<CalibrationView> {
  const { registryId } = input;
  const { modelId } = services.embedder.model;
  const bundled = await services.calibrations.bundled(modelId);
  const active = await changeActive(services, registryId, async (existing) => {
    const wanted = input.calibration === "previous" ? existing.previousCalibration : input.calibration;
    const chosen = wanted === "bundled" || wanted === bundled.id ? undefined : wanted;
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
  { id, modelId, cohortId }: Calibration,
  activeCohort: CohortId,
): void {
  if (modelId !== model.modelId)
    throw new AppError(
      "calibration-mismatch",
      `${id} was fitted with model ${modelId}; this service runs ${model.name} (${model.modelId}). Calibrate again.`,
    );
  if (cohortId !== activeCohort)
    throw new AppError(
      "calibration-mismatch",
      `${id} was fitted with cohort ${cohortId}, and ${activeCohort} is active. Activate that cohort first, or calibrate again.`,
    );
}

async function requireCalibration(
  { calibrations }: Pick<Services, "calibrations">,
  registryId: RegistryId,
  calibrationId: CalibrationId,
): Promise<CalibrationRecord> {
  const record = await calibrations.get(registryId, calibrationId);
  if (!record) throw new AppError("calibration-not-found", `No calibration ${calibrationId}.`);
  return record;
}

/** How one looks beside what is active now. */
async function viewer(services: Needs, registryId: RegistryId) {
  const active = await scoringSetup(services, registryId);
  return (calibration: Calibration, record?: CalibrationRecord): CalibrationView => {
    const { cohortId, modelId, ...rest } = calibration;
    return {
      ...rest,
      model: modelId,
      cohort: cohortId,
      bundled: !record,
      active: calibration.id === active.calibration.id,
      fitsCohort: methodOf(calibration) === "cosine" || cohortId === active.cohort.id,
      createdAt: record?.createdAt ?? null,
      report: record?.report ?? null,
    };
  };
}
