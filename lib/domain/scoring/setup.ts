import type { Bandwidth, Quality } from "../../audio/types.ts";
import { AppError } from "../../error.ts";
import type { CalibrationId, CohortId, RegistryId, SpeakerUid } from "../../id.ts";
import type { ListedClip, Services, Speaker } from "../../ports.ts";
import { fromFixed } from "../../score/scoring/fixed-point.ts";
import { areOf, voiceStats } from "../../score/scoring/norm.ts";
import type { Calibration, Cohort, VoiceStats } from "../../score/scoring/types.ts";
import type { UnitVector } from "../../score/scoring/vector.ts";
import { speechOf } from "../speaker/speaker-view.ts";

/** What a registry's trials are measured with now. */
export type ScoringSetup = { cohort: Cohort; calibration: Calibration };

/** One side of a trial. `stats`: undefined where scores cannot be normalized. */
export type Side = {
  voice: UnitVector;
  stats: VoiceStats | undefined;
  speechSeconds: number;
  bandwidth: Bandwidth;
  /** Of a probe; a voiceprint is a mean over clips and has none. */
  snrDb?: number | undefined;
};

export async function scoringSetup(
  services: Pick<Services, "active" | "calibrations" | "cohorts" | "embedder">,
  registryId: RegistryId,
): Promise<ScoringSetup> {
  const { modelId } = services.embedder.model;
  // One record names both, so that a switch of both is seen whole or not at all.
  const active = await services.active.get(registryId, modelId);
  const [cohort, calibration] = await Promise.all([
    chosenCohort(services, registryId, active?.activeCohort),
    chosenCalibration(services, registryId, active?.activeCalibration),
  ]);
  if (cohort.modelId !== modelId || calibration.modelId !== modelId)
    throw new RangeError(`cohort ${cohort.id} or calibration ${calibration.id} is of another model`);
  return { cohort, calibration };
}

/** What the registry's voiceprints are kept with statistics against. */
export async function activeCohort(
  services: Pick<Services, "active" | "cohorts" | "embedder">,
  registryId: RegistryId,
): Promise<Cohort> {
  const active = await services.active.get(registryId, services.embedder.model.modelId);
  return chosenCohort(services, registryId, active?.activeCohort);
}

/** The registry's choice, else the one that came with the model. */
export async function activeCalibration(
  services: Pick<Services, "active" | "calibrations" | "embedder">,
  registryId: RegistryId,
): Promise<Calibration> {
  const active = await services.active.get(registryId, services.embedder.model.modelId);
  return chosenCalibration(services, registryId, active?.activeCalibration);
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
 * Were the thresholds measured with this cohort? If not they say nothing about scores normalized by it: those are then
 * not decided on, and cosines alone can be judged.
 */
export const isCalibratedFor = ({ cohort, calibration }: ScoringSetup): boolean =>
  calibration.cohortId === cohort.id;

/**
 * Undefined where the cohort is too small. `self`: the speaker whose trial it is; its own row in the cohort is left out,
 * on either side of the trial.
 */
export const statsFor = (
  { cohort }: Pick<ScoringSetup, "cohort">,
  voice: UnitVector,
  self?: SpeakerUid,
): VoiceStats | undefined => voiceStats(voice, cohort, self);

export const probeSide = (
  setup: ScoringSetup,
  voice: UnitVector,
  {
    speechSeconds,
    bandwidth,
    snrDb,
  }: Pick<Quality, "bandwidth" | "speechSeconds"> & Partial<Pick<Quality, "snrDb">>,
  self?: SpeakerUid,
): Side => ({ voice, stats: statsFor(setup, voice, self), speechSeconds, bandwidth, snrDb });

/** The stored statistics where they belong to this cohort, else new ones; they are stored at the next commit. */
export function enrolledSide(setup: ScoringSetup, speaker: Speaker): Side {
  const voice = fromFixed(speaker.sum);
  const { clips } = speaker;
  const current = areOf(speaker.stats, setup.cohort);
  const stats = current ? speaker.stats?.voice : statsFor(setup, voice, speaker.uid);
  return { voice, stats, speechSeconds: speechOf(clips), bandwidth: bandwidthOf(clips) };
}

/**
 * Telephone where at least half of the speech is. Clips that do not say are taken for wide ones: then the probe alone
 * decides how the trial is judged.
 */
export function bandwidthOf(clips: readonly Pick<ListedClip, "bandwidth" | "speechSeconds">[]): Bandwidth {
  const telephone = clips.filter((clip) => clip.bandwidth === "telephone");
  const seconds = (some: typeof telephone) => some.reduce((sum, clip) => sum + clip.speechSeconds, 0);
  return telephone.length > 0 && 2 * seconds(telephone) >= seconds([...clips]) ? "telephone" : "wide";
}

/** Vectors of different models never meet. */
export function requireModel(services: Pick<Services, "embedder">, speaker: Speaker): void {
  const { modelId, name } = services.embedder.model;
  if (speaker.clips.length === 0 || speaker.modelId === modelId) return;
  throw new AppError(
    "model-mismatch",
    `The voiceprint of ${speaker.speakerId} was made by ${speaker.modelId}; this service runs ${name} (${modelId}). ` +
      "Where the recordings were kept, `voiceroll models reembed` rebuilds it; else reset the speaker and enroll again.",
  );
}
