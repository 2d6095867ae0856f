import { type BuildCohortInput, buildCohort } from "../../lib/domain/cohort/build.ts";
import type { CohortClip } from "../../lib/domain/cohort/clips.ts";
import type { CohortId } from "../../lib/id.ts";
import type { CalibrationRecord } from "../../lib/ports/calibration.ts";
import { fakeCalibration } from "../support/fake-cohort.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import type { TestServices } from "../support/services.ts";

/** A cohort clip of the voice that the text describes to the fake embedder. */
export const cohortClip = (text: string, more: Partial<CohortClip> = {}): CohortClip => ({
  label: `${text}.wav`,
  read: async () => fakeClip(text),
  ...more,
});

/** Clips of `count` voices that are not enrolled, one each. */
export const strangers = (count: number, name = "stranger"): CohortClip[] =>
  Array.from({ length: count }, (_, i) => cohortClip(`voice=${name}-${i} take=1`));

export const build = (services: TestServices, input: Omit<BuildCohortInput, "registryId">) =>
  buildCohort(services, { registryId: services.registryId, ...input });

/** Stores the fake calibration as if it had been fitted with this cohort. */
export async function calibrateFor(services: TestServices, cohortId: CohortId): Promise<CalibrationRecord> {
  const calibration = {
    ...fakeCalibration(services.embedder.model),
    id: `cal_for-${cohortId}`,
    cohortId,
  } as const;
  const counts = { speakers: 2, usableSpeakers: 2, skippedSpeakers: 0, genuineTrials: 1, impostorTrials: 1 };
  const quality = { cllr: 0, eer: 0 };
  const comparison = {
    against: "cal_fake",
    candidate: { ...quality, crossValidated: false },
    active: null,
    trials: 2,
    decisions: { looked: 0, changed: 0, kinds: {} },
  } as const;
  const record: CalibrationRecord = {
    registryId: services.registryId,
    calibration,
    report: { origin: "registry", ...counts, missing: [], comparison },
    createdAt: services.clock.now().toISOString(),
  };
  await services.calibrations.put(record);
  return record;
}
