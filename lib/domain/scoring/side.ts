import type { Bandwidth, Quality } from "../../audio/types.ts";
import type { SpeakerUid } from "../../id.ts";
import type { ListedClip, Speaker } from "../../ports/speaker.ts";
import { fromFixed } from "../../score/scoring/fixed-point.ts";
import { matchesCohort, voiceStats } from "../../score/scoring/norm.ts";
import type { VoiceStats } from "../../score/scoring/types.ts";
import type { UnitVector } from "../../score/scoring/vector.ts";
import type { ScoringSetup } from "./setup.ts";
import { speechOf } from "./speech.ts";

/** One side of a trial. `stats`: undefined where scores cannot be normalized. */
export type Side = {
  voice: UnitVector;
  stats: VoiceStats | undefined;
  speechSeconds: number;
  bandwidth: Bandwidth;
  /** Of a probe; a voiceprint is a mean over clips and has none. */
  snrDb?: number | undefined;
};

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
  const current = matchesCohort(speaker.stats, setup.cohort);
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
