import type { Bandwidth, Quality } from "../../audio/types.ts";
import type { SpeakerUid } from "../../id.ts";
import type { ListedClip, Speaker } from "../../ports/speaker.ts";
import { fromFixed } from "../../score/scoring/fixed-point.ts";
import { matchesCohort, voiceStats } from "../../score/scoring/norm.ts";
import type { VoiceStats } from "../../score/scoring/types.ts";
import type { UnitVector } from "../../score/scoring/vector.ts";
import type { ScoringSetup } from "./setup.ts";
import { speechOf } from "./speech.ts";

/** One side of a trial. `stats` is undefined if scores can't be normalized. */
export type Side = {
  voice: UnitVector;
  stats: VoiceStats | undefined;
  speechSeconds: number;
  bandwidth: Bandwidth;
  /** Set for a clip; a voiceprint is a mean over clips and has none. */
  snrDb?: number | undefined;
  /** How many clips the voice is the mean of; undefined: one. */
  clips?: number | undefined;
};

/**
 * The voice's statistics against the cohort; undefined if the cohort is too small.
 *
 * self  the enrolled speaker of the trial; its own cohort row is left out on both sides
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

/** Uses the stored statistics if they belong to this cohort; otherwise computes them. */
export function enrolledSide(setup: ScoringSetup, speaker: Speaker): Side {
  const voice = fromFixed(speaker.sum);
  const { clips } = speaker;
  const current = matchesCohort(speaker.stats, setup.cohort);
  const stats = current ? speaker.stats?.voice : statsFor(setup, voice, speaker.uid);
  const speechSeconds = speechOf(clips);
  return { voice, stats, speechSeconds, bandwidth: bandwidthOf(clips), clips: clips.length };
}

/**
 * "telephone" if at least half of the speech is. Clips without a bandwidth count as wide, so that
 * the probe alone determines the bandwidth of the trial.
 */
export function bandwidthOf(clips: readonly Pick<ListedClip, "bandwidth" | "speechSeconds">[]): Bandwidth {
  const telephone = clips.filter((clip) => clip.bandwidth === "telephone");
  const seconds = (of: typeof clips) => of.reduce((sum, clip) => sum + clip.speechSeconds, 0);
  return telephone.length > 0 && 2 * seconds(telephone) >= seconds(clips) ? "telephone" : "wide";
}
