import type { RegistryId, SpeakerUid } from "../id.ts";
import type { HeardProbe } from "./decision.ts";
import type { Clip } from "./speaker.ts";

/** The rejected verifications of one speaker by all callers. */
export type SpeakerRejects = {
  /** In a row: 0 after an accept or an unlock. */
  count: number;
  /** Since the last reject. */
  ageSeconds: number;
  /** How often the speaker was unlocked. Part of the names of the callers' own counters. */
  unlocks: number;
};

/** For how long the rejects of a speaker are known after the last reject or unlock. */
export const REJECTS_SECONDS = 86_400;

export type SpeakerRejectStore = {
  /**
   * Undefined if the speaker had no reject within `REJECTS_SECONDS`. Then no caller has a counter
   * either. Strongly consistent.
   */
  get(registryId: RegistryId, uid: SpeakerUid): Promise<SpeakerRejects | undefined>;
  /**
   * The same, with the speaker's stored clips as `SpeakerStore.clips` returns them: in one read
   * where each read has a price.
   */
  withClips(
    registryId: RegistryId,
    uid: SpeakerUid,
  ): Promise<{ rejects: SpeakerRejects | undefined; clips: readonly Clip[] }>;
  /**
   * The rejects with the speaker's newest probes, at most `limit`, as `HeardProbeStore.newest`
   * returns them: in one read, too.
   */
  withProbes(
    registryId: RegistryId,
    uid: SpeakerUid,
    limit: number,
  ): Promise<{ rejects: SpeakerRejects | undefined; probes: readonly HeardProbe[] }>;
  /** Adds 1 and resolves to what is then stored. Parallel calls all count. */
  add(registryId: RegistryId, uid: SpeakerUid): Promise<SpeakerRejects>;
  /** Sets the count to 0. The rejects stay known: other callers may have counters. */
  clear(registryId: RegistryId, uid: SpeakerUid): Promise<void>;
  /** Sets the count to 0 and adds 1 to `unlocks`. Does nothing if no rejects are known. */
  unlock(registryId: RegistryId, uid: SpeakerUid): Promise<void>;
  /** Does nothing if no rejects are known. */
  remove(registryId: RegistryId, uid: SpeakerUid): Promise<void>;
};
