import { AppError } from "../../error.ts";
import type { CohortId, RegistryId } from "../../id.ts";
import type { CohortRecord } from "../../ports/cohort.ts";
import type { Services } from "../../ports/services.ts";
import { normalizes } from "../../score/scoring/norm.ts";
import type { Cohort } from "../../score/scoring/types.ts";

/**
 * The bundled cohort or one of the registry's own, with its rows.
 *
 * throws `cohort-not-found`; `cohort-mismatch`; `cohort-too-small` if too few voices remain
 */
export async function cohortNamed(
  services: Pick<Services, "cohorts" | "embedder">,
  registryId: RegistryId,
  cohortId: CohortId | "bundled",
): Promise<Cohort> {
  const bundled = await services.cohorts.bundled(services.embedder.model.modelId);
  if (cohortId === "bundled" || cohortId === bundled.id) return bundled;
  const record = await recordNamed(services, registryId, cohortId);
  if (!normalizes(record.cohort)) throw eroded(record);
  return record.cohort;
}

/**
 * One of the registry's own cohorts. Throws `cohort-not-found`, or `cohort-mismatch` for another
 * model's.
 */
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
    `${cohortId} was built with model ${record.modelId}, but this service runs ${model.name} (${model.modelId}). ` +
      "Build a cohort with this model.",
  );
}

const eroded = ({ cohortId, erased, size, topN }: CohortRecord): AppError =>
  new AppError(
    "cohort-too-small",
    `${erased} voices of ${cohortId} were erased, and the remaining ${size} are too few for topN ${topN}. ` +
      "Build the cohort again.",
  );

export async function requireCohort(
  { cohorts }: Pick<Services, "cohorts">,
  registryId: RegistryId,
  cohortId: CohortId,
): Promise<CohortRecord> {
  const record = await cohorts.get(registryId, cohortId);
  if (!record) throw new AppError("cohort-not-found", `No cohort ${cohortId} exists in this registry.`);
  return record;
}
