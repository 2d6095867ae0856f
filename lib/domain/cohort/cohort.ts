import { AppError } from "../../error.ts";
import type { CalibrationId, CohortId, RegistryId } from "../../id.ts";
import type { Active } from "../../ports/calibration.ts";
import { type CohortHead, type CohortRecord, UNKNOWN_VOICE } from "../../ports/cohort.ts";
import type { Services } from "../../ports/services.ts";
import { normalizes } from "../../score/scoring/norm.ts";
import type { Cohort } from "../../score/scoring/types.ts";
import { changeActive } from "../registry/active-choice.ts";
import { scoringSetup } from "../scoring/setup.ts";
import { type CohortReport, cohortReport } from "./report.ts";

type Needs = Pick<Services, "active" | "calibrations" | "clock" | "cohorts" | "embedder">;

/** What callers see of a cohort. */
export type CohortView = {
  id: CohortId;
  model: string;
  name: string | null;
  /** Of its content; null for the bundled one, whose id tells it. */
  sha256: string | null;
  size: number;
  topN: number;
  /** Voices that were erased since it was made. */
  erased: number;
  /** Came with the model. */
  bundled: boolean;
  active: boolean;
  /** The active thresholds were measured with it. */
  calibrated: boolean;
  createdAt: string | null;
};

/** "previous": what was active before the last change; "bundled": what came with the model. */
export type CohortChoice = CohortId | "bundled" | "previous";

/** The bundled one first, then the registry's own in the order they were made. */
export async function listCohorts(
  services: Needs,
  input: { registryId: RegistryId },
): Promise<readonly CohortView[]> {
  const { modelId } = services.embedder.model;
  const view = await viewer(services, input.registryId);
  const own = await services.cohorts.list(input.registryId, modelId);
  return [view.bundled(await services.cohorts.bundled(modelId)), ...own.map(view.own)];
}

/** One cohort and how fit it is to normalize by. */
export async function reportCohort(
  services: Needs,
  input: { registryId: RegistryId; cohort: CohortId | "bundled" },
): Promise<CohortView & { report: CohortReport }> {
  const { registryId, cohort: wanted } = input;
  const bundled = await services.cohorts.bundled(services.embedder.model.modelId);
  const view = await viewer(services, registryId);
  const pause = () => services.clock.sleep(0);
  if (wanted === "bundled" || wanted === bundled.id)
    return { ...view.bundled(bundled), report: await cohortReport(recordOf(bundled, registryId), pause) };
  const record = await requireCohort(services, registryId, wanted);
  return { ...view.own(record), report: await cohortReport(record, pause) };
}

/**
 * From now on scores are normalized by this one: each request by one cohort alone, whichever it found active. Statistics
 * beside the voiceprints are restated by restate.ts; until then each request works them out.
 *
 * throws `cohort-not-found`; `cohort-mismatch` for another model's; `cohort-too-small` where erasures left too few
 */
export async function activateCohort(
  services: Needs & Pick<Services, "backgroundTasks" | "random">,
  input: { registryId: RegistryId; cohort: CohortChoice },
): Promise<CohortView> {
  const { registryId } = input;
  const bundled = await services.cohorts.bundled(services.embedder.model.modelId);
  const active = await changeActive(services, registryId, async (existing) => {
    const wanted = input.cohort === "previous" ? existing.previousCohort : input.cohort;
    const chosen = wanted === "bundled" || wanted === bundled.id ? undefined : wanted;
    if (chosen) await cohortNamed(services, registryId, chosen);
    if (chosen === existing.activeCohort) return {};
    return {
      activeCohort: chosen,
      previousCohort: existing.activeCohort,
      ...(await calibrationFor(services, existing, chosen ?? bundled.id)),
    };
  });
  await services.backgroundTasks.add({ kind: "refresh-statistics", registryId });
  const view = await viewer(services, registryId);
  if (!active.activeCohort) return view.bundled(bundled);
  return view.own(await requireCohort(services, registryId, active.activeCohort));
}

/**
 * The thresholds that were measured with the cohort, switched with it: the active ones if they were, else those before, else
 * the newest. Nothing changes where there are none: then no decision is made until the registry is calibrated.
 */
async function calibrationFor(
  services: Needs,
  { registryId, activeCalibration: active, previousCalibration: previous }: Active,
  cohortId: CohortId,
): Promise<Partial<Active>> {
  const { modelId } = services.embedder.model;
  const bundled = await services.calibrations.bundled(modelId);
  const own = (await services.calibrations.list(registryId, modelId)).map(({ calibration }) => calibration);
  const fitting = [bundled, ...own].filter((one) => one.cohortId === cohortId).map(({ id }) => id);
  const has = (id: CalibrationId | undefined) => fitting.includes(id ?? bundled.id);
  if (fitting.length === 0 || has(active)) return {};
  const newest = fitting.at(-1);
  const chosen = has(previous) ? previous : newest === bundled.id ? undefined : newest;
  return { activeCalibration: chosen, previousCalibration: active };
}

/** The rows themselves, of the registry's own or the bundled one. */
export async function cohortNamed(
  services: Needs,
  registryId: RegistryId,
  wanted: CohortId | "bundled",
): Promise<Cohort> {
  const bundled = await services.cohorts.bundled(services.embedder.model.modelId);
  if (wanted === "bundled" || wanted === bundled.id) return bundled;
  const record = await recordNamed(services, registryId, wanted);
  if (!normalizes(record.cohort)) throw eroded(record);
  return record.cohort;
}

/** One of the registry's own, under the running model. */
export async function recordNamed(
  services: Pick<Services, "cohorts" | "embedder">,
  registryId: RegistryId,
  cohortId: CohortId,
): Promise<CohortRecord> {
  const record = await requireCohort(services, registryId, cohortId);
  const { model } = services.embedder;
  if (record.modelId === model.modelId) return record;
  throw new AppError(
    "cohort-mismatch",
    `${cohortId} was made with model ${record.modelId}; this service runs ${model.name} (${model.modelId}). Build a cohort with this model.`,
  );
}

const eroded = ({ cohortId, erased, size, topN }: CohortRecord): AppError =>
  new AppError(
    "cohort-too-small",
    `${erased} voices of ${cohortId} were erased, and the ${size} left are too few for topN ${topN}. Build it again.`,
  );

async function requireCohort(
  { cohorts }: Pick<Services, "cohorts">,
  registryId: RegistryId,
  cohortId: CohortId,
): Promise<CohortRecord> {
  const record = await cohorts.get(registryId, cohortId);
  if (!record) throw new AppError("cohort-not-found", `No cohort ${cohortId}.`);
  return record;
}

/** The bundled one as a registry's own would look: nothing is known of its voices. */
function recordOf(cohort: Cohort, registryId: RegistryId): CohortRecord {
  const { id: cohortId, modelId, size, topN } = cohort;
  const head = { registryId, cohortId, modelId, size, topN, name: undefined, sha256: "", erased: 0 };
  const voice = { ...UNKNOWN_VOICE, source: "bundled" } as const;
  return { ...head, createdAt: "", cohort, voices: Array.from({ length: size }, () => voice) };
}

/** How cohorts look beside what is active now. */
async function viewer(services: Needs, registryId: RegistryId) {
  const { cohort, calibration } = await scoringSetup(services, registryId);
  const place = (id: CohortId) => ({ active: id === cohort.id, calibrated: id === calibration.cohortId });
  return {
    bundled: ({ id, modelId, size, topN }: Cohort): CohortView => ({
      ...{ id, model: modelId, name: null, sha256: null, size, topN, erased: 0 },
      ...{ bundled: true, ...place(id), createdAt: null },
    }),
    own: ({
      cohortId: id,
      modelId,
      name,
      sha256,
      size,
      topN,
      erased,
      createdAt,
    }: CohortHead): CohortView => ({
      ...{ id, model: modelId, name: name ?? null, sha256, size, topN, erased },
      ...{ bundled: false, ...place(id), createdAt },
    }),
  };
}
