import type { ModelId, RegistryId, SpeakerId, SpeakerUid } from "../id.ts";
import type { Cohort, CohortStats, VoiceStats } from "../score/scoring/types.ts";
import type { UnitVector } from "../score/scoring/vector.ts";

/** One compared voiceprint. raw: the cosine */
export type GalleryHit = { speakerId: SpeakerId; uid: SpeakerUid; raw: number; score: number };

export type Gallery = {
  /**
   * Compares the probe with every voiceprint of the registry for this model, and resolves to the
   * best `limit` hits, best first.
   *
   * Scores are AS-Norm against `probe.cohort` if `probe.stats` is set, otherwise cosines.
   * `probe.cohort` may be any cohort, active or not. The search sees every commit that resolved
   * before the call.
   *
   * within: compares and counts only these speakers
   * returns searched: the number of compared voiceprints, which `limit` doesn't cut
   */
  search(
    registryId: RegistryId,
    probe: GalleryProbe,
    limit: number,
    within?: ReadonlySet<SpeakerId>,
  ): Promise<{ hits: readonly GalleryHit[]; searched: number }>;
};

export type GalleryProbe = {
  modelId: ModelId;
  cohort: Cohort;
  embedding: UnitVector;
  /** Of the probe against the whole cohort. Undefined: search by cosine. */
  stats: VoiceStats | undefined;
  /**
   * `stats.top` without a speaker's own row, for speakers whose row is among the topN nearest the
   * probe.
   */
  without?: ReadonlyMap<SpeakerUid, CohortStats> | undefined;
};
