import type { Bandwidth, Quality } from "../audio/types.ts";
import type { ClipId, GroupId, ModelId, RegistryId, SpeakerId, SpeakerUid } from "../id.ts";
import type { SpeakerStats } from "../score/scoring/types.ts";

/** A clip counts only if its speaker lists it. */
export type ListedClip = {
  clipId: ClipId;
  audioSha256: string;
  speechSeconds: number;
  /** Undefined for a clip that was listed before this was kept. */
  bandwidth?: Bandwidth | undefined;
  /** False: it came as an embedding, and no recording of it was ever here. */
  audioKept?: false | undefined;
};

export type Speaker = {
  registryId: RegistryId;
  speakerId: SpeakerId;
  uid: SpeakerUid;
  optedOut: boolean;
  name: string | undefined;
  metadata: Readonly<Record<string, string>>;
  consent: string | undefined;
  modelId: ModelId;
  /** [D] exact integers at scale 2^28: the sum of the listed clips' embeddings (score/fixed-point.ts). */
  sum: Float64Array;
  clips: readonly ListedClip[];
  /** The voiceprint against a cohort; undefined without clips. Restated when another cohort is active. */
  stats: SpeakerStats | undefined;
  /** 1 on first write; each commit adds 1. */
  version: number;
  createdAt: string;
  updatedAt: string;
};

export type Clip = {
  registryId: RegistryId;
  speakerId: SpeakerId;
  uid: SpeakerUid;
  clipId: ClipId;
  audioSha256: string;
  /** [D] Int32 at scale 2^28. */
  embedding: Int32Array;
  modelId: ModelId;
  quality: Quality;
  warnings: readonly string[];
  mediaType: string | undefined;
  channel: number | undefined;
  /** Its audio's, as ClipStore.put named it; undefined where the store keeps no versions. */
  audioVersion: string | undefined;
  createdAt: string;
};

export type Page<T> = { items: readonly T[]; next: string | undefined };

export type SpeakerStore = {
  /** Undefined for an absent speaker; any other failure rejects. Strongly consistent. */
  get(registryId: RegistryId, speakerId: SpeakerId): Promise<Speaker | undefined>;
  /** As `get` of each, in the order of the ids; not all of one moment. */
  getMany(
    registryId: RegistryId,
    speakerIds: readonly SpeakerId[],
  ): Promise<readonly (Speaker | undefined)[]>;
  /**
   * The commit point. Version 1 succeeds only where no row stands; version v > 1 only over version v - 1 of the
   * same uid; else rejects with `write-contention`. Durable when it resolves. Feeds the gallery's change log.
   */
  put(speaker: Speaker): Promise<void>;
  /** As `put`, with these items of its clips, new or replaced: afterwards all of it stands or nothing. */
  putWithClips(speaker: Speaker, clips: readonly Clip[]): Promise<void>;
  /**
   * Replaces the statistics of the speaker at this uid and version; they say nothing new of the voice, so the version stays
   * and the change log is not fed. False, and nothing is written, where the speaker is at another version by now or gone.
   */
  refreshStats(
    speaker: Pick<Speaker, "registryId" | "speakerId" | "uid" | "version">,
    stats: SpeakerStats,
  ): Promise<boolean>;
  /** Erases row and clip items at once, whatever the version. False where there was none. Feeds the change log. */
  remove(registryId: RegistryId, speakerId: SpeakerId): Promise<boolean>;
  /** In order of creation; `after` is the `next` of the page before. limit 1..1000. */
  list(registryId: RegistryId, after: string | undefined, limit: number): Promise<Page<Speaker>>;
  /** Idempotent: the id is derived from the content. */
  putClip(clip: Clip): Promise<void>;
  getClip(registryId: RegistryId, uid: SpeakerUid, clipId: ClipId): Promise<Clip | undefined>;
  /** Every stored clip item of the speaker, listed or not; in order of clip id. */
  clips(registryId: RegistryId, uid: SpeakerUid): Promise<readonly Clip[]>;
  removeClip(registryId: RegistryId, uid: SpeakerUid, clipId: ClipId): Promise<void>;
};

/** A named subset of the registry to search within. */
export type Group = {
  registryId: RegistryId;
  groupId: GroupId;
  name?: string | undefined;
  members: readonly SpeakerId[];
  /** 1 on first write; each change adds 1. */
  version: number;
  createdAt: string;
  updatedAt: string;
};

export type GroupStore = {
  /** Undefined for an absent group. Strongly consistent. */
  get(registryId: RegistryId, groupId: GroupId): Promise<Group | undefined>;
  /** All of the registry's, by id. */
  list(registryId: RegistryId): Promise<readonly Group[]>;
  /**
   * Version 1 succeeds only where no group stands; version v > 1 only over version v - 1; else rejects with
   * `write-contention`. Durable when it resolves.
   */
  put(group: Group): Promise<void>;
};

/** The audio itself. */
export type ClipStore = {
  /** Durable when it resolves; idempotent. Resolves to the version's name in a store that keeps what is written over. */
  put(
    registryId: RegistryId,
    uid: SpeakerUid,
    clipId: ClipId,
    bytes: Uint8Array,
  ): Promise<string | undefined>;
  /** The bytes of this version alone, and undefined where it is gone; without one, what was put last. */
  get(
    registryId: RegistryId,
    uid: SpeakerUid,
    clipId: ClipId,
    version?: string | undefined,
  ): Promise<Uint8Array | undefined>;
  /** Is what `get` would give there? */
  has(
    registryId: RegistryId,
    uid: SpeakerUid,
    clipId: ClipId,
    version?: string | undefined,
  ): Promise<boolean>;
  /** Is it there, and, where a version is named, the one that was put last? Others the store keeps for a time only. */
  isLatest(
    registryId: RegistryId,
    uid: SpeakerUid,
    clipId: ClipId,
    version?: string | undefined,
  ): Promise<boolean>;
  /** Every version. Nothing happens where there is none. */
  remove(registryId: RegistryId, uid: SpeakerUid, clipId: ClipId): Promise<void>;
  removeSpeaker(registryId: RegistryId, uid: SpeakerUid): Promise<void>;
  /** What is there, for fsck. */
  list(registryId: RegistryId): Promise<readonly { uid: SpeakerUid; clipId: ClipId }[]>;
};
