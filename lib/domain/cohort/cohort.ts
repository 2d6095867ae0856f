import type { CalibrationId, CohortId, RegistryId } from "../../id.ts";
import type { Active } from "../../ports/calibration.ts";
import type { CohortHead, CohortRecord } from "../../ports/cohort.ts";
import type { Services } from "../../ports/services.ts";
import type { CohortReport, CohortView } from "../../schema/cohort.ts";
import { needsCohort } from "../../score/scoring/calibration.ts";
import type { Cohort } from "../../score/scoring/types.ts";
import { changeActive } from "../registry/active-choice.ts";
import { type ScoringSetup, scoringSetup } from "../scoring/setup.ts";
import { cohortNamed, requireCohort } from "./named.ts";
import { cohortReport } from "./report.ts";

type Needs = Pick<Services, "active" | "calibrations" | "clock" | "cohorts" | "embedder">;

/** "previous": the one before the last change; "bundled": the model's own. */
export type CohortChoice = CohortId | "bundled" | "previous";

/** The bundled cohort, then the registry's own, oldest first. */
export async function listCohorts(
  services: Needs,
  input: { registryId: RegistryId },
): Promise<readonly CohortView[]> {
  const { modelId } = services.embedder.model;
  const setup = await scoringSetup(services, input.registryId);
  const bundled = await services.cohorts.bundled(modelId);
  const own = await services.cohorts.list(input.registryId, modelId);
  return [bundledView(setup, bundled), ...own.map((head) => ownView(setup, head))];
}

/** A cohort and a report on how well it normalizes scores. Throws `cohort-not-found`. */
export async function reportCohort(
  services: Needs,
  input: { registryId: RegistryId; cohort: CohortId | "bundled" },
): Promise<CohortView & { report: CohortReport }> {
  const { registryId, cohort } = input;
  const bundled = await services.cohorts.bundled(services.embedder.model.modelId);
  const setup = await scoringSetup(services, registryId);
  const pause = () => services.clock.sleep(0);
  if (cohort === "bundled" || cohort === bundled.id) {
    const report = await cohortReport(recordOf(bundled, registryId), pause);
    return { ...bundledView(setup, bundled), report };
  }
  const record = await requireCohort(services, registryId, cohort);
  return { ...ownView(setup, record), report: await cohortReport(record, pause) };
}

/**
 * Makes new requests normalize scores by this cohort. A request in progress keeps the cohort it
 * started with. A background task refreshes the statistics stored with the voiceprints; until then
 * each request computes its own.
 *
 * throws `cohort-not-found`; `cohort-mismatch` for another model's cohort; `cohort-too-small` if
 *        too few voices remain after erasures
 */
export async function activateCohort(
  services: Needs & Pick<Services, "backgroundTasks" | "random">,
  input: { registryId: RegistryId; cohort: CohortChoice },
): Promise<CohortView> {
  const { registryId } = input;
  const bundled = await services.cohorts.bundled(services.embedder.model.modelId);
  const active = await changeActive(services, registryId, async (existing) => {
    const requested = input.cohort === "previous" ? existing.previousCohort : input.cohort;
    const chosen = requested === "bundled" || requested === bundled.id ? undefined : requested;
    if (chosen) await cohortNamed(services, registryId, chosen);
    if (chosen === existing.activeCohort) return {};
    return {
      activeCohort: chosen,
      previousCohort: existing.activeCohort,
      ...(await calibrationFor(services, existing, chosen ?? bundled.id)),
    };
  });
  await services.backgroundTasks.add({ kind: "refresh-statistics", registryId });
  const setup = await scoringSetup(services, registryId);
  if (!active.activeCohort) return bundledView(setup, bundled);
  return ownView(setup, await requireCohort(services, registryId, active.activeCohort));
}

/**
 * The change that switches to a calibration that holds with the cohort, because it was fitted with
 * it or needs none: the active one if it does, else the previous one, else the newest. Empty if
 * there is none; then decisions are inconclusive until the registry is calibrated.
 */
async function calibrationFor(
  services: Needs,
  { registryId, activeCalibration: active, previousCalibration: previous }: Active,
  cohortId: CohortId,
): Promise<Partial<Active>> {
  const { modelId } = services.embedder.model;
  const bundled = await services.calibrations.bundled(modelId);
  const own = (await services.calibrations.list(registryId, modelId)).map(({ calibration }) => calibration);
  const fitted = [bundled, ...own]
    .filter((one) => one.cohortId === cohortId || !needsCohort(one))
    .map(({ id }) => id);
  const isFitted = (id: CalibrationId | undefined) => fitted.includes(id ?? bundled.id);
  if (fitted.length === 0 || isFitted(active)) return {};
  const newest = fitted.at(-1) === bundled.id ? undefined : fitted.at(-1);
  return { activeCalibration: isFitted(previous) ? previous : newest, previousCalibration: active };
}

/** The bundled cohort as a record; it has no details about its voices. */
function recordOf(cohort: Cohort, registryId: RegistryId): CohortRecord {
  const { id: cohortId, modelId, size, topN } = cohort;
  const head = { registryId, cohortId, modelId, size, topN, name: undefined, sha256: "", erased: 0 };
  const voice = { source: "bundled" } as const;
  return { ...head, createdAt: "", cohort, voices: Array.from({ length: size }, () => voice) };
}

const useOf = ({ cohort, calibration }: ScoringSetup, id: CohortId) => ({
  active: id === cohort.id,
  calibrated: id === calibration.cohortId || !needsCohort(calibration),
});

const bundledView = (setup: ScoringSetup, { id, modelId, size, topN }: Cohort): CohortView => ({
  ...{ id, model: modelId, name: null, sha256: null, size, topN, erased: 0 },
  ...{ bundled: true, ...useOf(setup, id), createdAt: null },
});

function ownView(setup: ScoringSetup, head: CohortHead): CohortView {
  const { cohortId: id, modelId, name, sha256, size, topN, erased, createdAt } = head;
  return {
    ...{ id, model: modelId, name: name ?? null, sha256, size, topN, erased },
    ...{ bundled: false, ...useOf(setup, id), createdAt },
  };
}
