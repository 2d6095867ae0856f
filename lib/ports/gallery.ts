import type { ModelId, RegistryId, SpeakerId, SpeakerUid } from "../id.ts";
import type { Cohort, CohortStats, VoiceStats } from "../score/scoring/types.ts";
import type { UnitVector } from "../score/scoring/vector.ts";

/** One compared voiceprint. Its exact score, in float64, is within `error` of `score`. */
export type GalleryHit = { speakerId: SpeakerId; uid: SpeakerUid; score: number; error: number };

/**
 * hits: highest score first. They include the `limit` voiceprints with the highest exact scores,
 * and all others that could be among them
 * floor: no other compared voiceprint has an exact score above this. -Infinity: `hits` are all
 * searched: the number of compared voiceprints, which `limit` doesn't cut
 *
 * A gallery on an approximate index (candidate-index.ts) may miss a hit, and the floor then holds
 * for what the index found. `searched` is exact even there.
 */
export type GallerySearch = { hits: readonly GalleryHit[]; floor: number; searched: number };

/** Whose voiceprints are compared: one registry's, of one model. */
export type GalleryPlace = { registryId: RegistryId; modelId: ModelId };

export type Gallery = {
  /**
   * Compares the probe with every voiceprint of the registry for this model.
   *
   * Scores are AS-Norm against `probe.cohort` if `probe.stats` is set, otherwise cosines.
   * `probe.cohort` may be any cohort, active or not. The search sees every commit that resolved
   * before the call.
   *
   * within: compares and counts only these speakers
   */
  search(
    registryId: RegistryId,
    probe: GalleryProbe,
    limit: number,
    within?: ReadonlySet<SpeakerId>,
  ): Promise<GallerySearch>;
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
