import type { ModelId, RegistryId, SpeakerId, SpeakerUid } from "../id.ts";
import type { Cohort, CohortStats, VoiceStats } from "../score/scoring/types.ts";
import type { UnitVector } from "../score/scoring/vector.ts";

/** One compared voiceprint. `raw` is the cosine; `stats` are the enrolled side's, if it has any. */
export type GalleryHit = { speakerId: SpeakerId; uid: SpeakerUid; raw: number; score: number };

export type Gallery = {
  /**
   * Compares the probe with every voiceprint of the registry under this model, by AS-Norm against `probe.cohort` where
   * `probe.stats` is given, else by cosine; the best `limit`, best first. `searched` is the number compared, never cut. A
   * commit that resolved before the call is seen. Any cohort may be asked for, whichever is active. `within`: only these
   * are compared and counted.
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
  /** Of the probe against the whole cohort; undefined: search by cosine. */
  stats: VoiceStats | undefined;
  /** Speakers whose own row in the cohort is among the probe's topN nearest: `stats.top` without that row. */
  without?: ReadonlyMap<SpeakerUid, CohortStats> | undefined;
};
