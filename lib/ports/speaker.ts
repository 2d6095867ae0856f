import type { Bandwidth, Quality } from "../audio/types.ts";
import type { ClipId, ConsentId, GroupId, ModelId, RegistryId, SpeakerId, SpeakerUid } from "../id.ts";
import type { SpeakerStats } from "../score/scoring/types.ts";
import type { Consent } from "./consent.ts";
import type { Delivery } from "./webhook.ts";

/** An entry in a speaker's list of clips. A stored clip counts only if it is listed. */
export type ListedClip = {
  clipId: ClipId;
  audioSha256: string;
  speechSeconds: number;
  /** Undefined for a clip that was listed before this field existed. */
  bandwidth?: Bandwidth | undefined;
  /** False if the recording is not stored: by choice, or because only an embedding was imported. */
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
  /** Every consent that was recorded, oldest first, withdrawn ones included. Undefined: none. */
  consents?: readonly Consent[] | undefined;
  modelId: ModelId;
  /** [D] exact integers at scale 2^28: the sum of the listed clips' embeddings (lib/score). */
  sum: Float64Array;
  clips: readonly ListedClip[];
  /**
   * The voiceprint's statistics against a cohort. Undefined without clips. Refreshed for a new
   * cohort.
   */
  stats: SpeakerStats | undefined;
  /** 1 on first write. Each commit adds 1. */
  version: number;
  createdAt: string;
  updatedAt: string;
  /** When clips were last enrolled. Undefined for a speaker without, or from before this field. */
  enrolledAt?: string | undefined;
  /** When the speaker expires. Undefined: the registry's setting decides. */
  expiresAt?: string | undefined;
  /**
   * Only in stored records: the generation of the key under which `sum` is rotated. Undefined:
   * none. Speakers that a `SpeakerStore` returns never have it.
   */
  templateGeneration?: number | undefined;
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
  /**
   * The version of the audio that ClipStore.put returned. Undefined if the store keeps no versions.
   */
  audioVersion: string | undefined;
  /** The request that enrolled the clip (`RequestAttempt`), if it had an idempotency key. */
  enrolledBy: string | undefined;
  createdAt: string;
  /**
   * As `storedFingerprint` returns it (lib/audio/features/fingerprint.ts). Undefined for a clip
   * that was stored before this field existed, or enrolled from an embedding.
   */
  fingerprint?: Uint8Array | undefined;
  /** As of a speaker, for `embedding`. */
  templateGeneration?: number | undefined;
};

export type Page<T> = { items: readonly T[]; next: string | undefined };

export type SpeakerStore = {
  /** Undefined for an absent speaker. Any other failure rejects. Strongly consistent. */
  get(registryId: RegistryId, speakerId: SpeakerId): Promise<Speaker | undefined>;
  /**
   * Like `get` of each ID, in the order of the IDs. The results need not be from the same moment.
   */
  getMany(
    registryId: RegistryId,
    speakerIds: readonly SpeakerId[],
  ): Promise<readonly (Speaker | undefined)[]>;
  /**
   * The commit point. Puts version 1 if no speaker has the ID, and version v > 1 over version v - 1
   * of the same uid. Otherwise rejects with `write-contention`. Durable when it resolves. Adds an
   * entry to the change log that galleries follow. outgoing: deliveries to put in the same write
   */
  put(speaker: Speaker, outgoing?: readonly Delivery[]): Promise<void>;
  /** Like `put`, and puts these clip items in the same write: all or nothing. */
  putWithClips(speaker: Speaker, clips: readonly Clip[]): Promise<void>;
  /**
   * Replaces the speaker's statistics. The voice is unchanged, so the version stays and the change
   * log gets no entry. Resolves to false, and writes nothing, if the speaker is no longer at this
   * uid and version.
   */
  refreshStats(
    speaker: Pick<Speaker, "registryId" | "speakerId" | "uid" | "version">,
    stats: SpeakerStats,
  ): Promise<boolean>;
  /**
   * Tells galleries that the statistics or the template keys of many voiceprints of the registry
   * were replaced, so that they write their files with the new ones.
   */
  noteRefreshedStats(registryId: RegistryId): Promise<void>;
  /**
   * Erases the speaker and its clip items together, at any version. Resolves to false if there is
   * no such speaker. Adds an entry to the change log. outgoing: deliveries to put in the same write
   */
  remove(registryId: RegistryId, speakerId: SpeakerId, outgoing?: readonly Delivery[]): Promise<boolean>;
  /** In order of creation. after: `next` of the previous page. limit: 1 to 1000 */
  list(registryId: RegistryId, after: string | undefined, limit: number): Promise<Page<Speaker>>;
  /** Idempotent, because the ID is derived from the content. */
  putClip(clip: Clip): Promise<void>;
  getClip(registryId: RegistryId, uid: SpeakerUid, clipId: ClipId): Promise<Clip | undefined>;
  /** Every stored clip item of the speaker, listed or not, in order of clip ID. */
  clips(registryId: RegistryId, uid: SpeakerUid): Promise<readonly Clip[]>;
  removeClip(registryId: RegistryId, uid: SpeakerUid, clipId: ClipId): Promise<void>;
  /**
   * Stores the speaker and all its clip items again, under the registry's current template key, as
   * the speaker's next version. Resolves to false if there is no such speaker, or all of it is
   * stored so. Rejects with `write-contention` if another writer was first.
   */
  renew(registryId: RegistryId, speakerId: SpeakerId): Promise<boolean>;
};

/** A named set of speakers to search within. */
export type Group = {
  registryId: RegistryId;
  groupId: GroupId;
  name?: string | undefined;
  members: readonly SpeakerId[];
  /** 1 on first write. Each change adds 1. */
  version: number;
  createdAt: string;
  updatedAt: string;
};

export type GroupStore = {
  /** Undefined for an absent group. Strongly consistent. */
  get(registryId: RegistryId, groupId: GroupId): Promise<Group | undefined>;
  /** The registry's groups in order of ID, starting after `after`; at most `limit`. */
  list(
    registryId: RegistryId,
    page?: { after?: string | undefined; limit?: number | undefined },
  ): Promise<readonly Group[]>;
  /**
   * Puts version 1 if no group has the ID, and version v > 1 over version v - 1. Otherwise rejects
   * with `write-contention`. Durable when it resolves.
   */
  put(group: Group): Promise<void>;
  /** Removes the group. Rejects with `write-contention` if it is no longer at this version. */
  remove(group: Pick<Group, "groupId" | "registryId" | "version">): Promise<void>;
};

/** The recordings. */
/** A clip, or a consent that is proved by a recording. */
export type RecordingId = ClipId | ConsentId;

export type ClipStore = {
  /**
   * Idempotent; durable when it resolves. Resolves to the new version if the store keeps old
   * versions.
   */
  put(
    registryId: RegistryId,
    uid: SpeakerUid,
    clipId: RecordingId,
    bytes: Uint8Array,
  ): Promise<string | undefined>;
  /** The bytes of this version, or undefined if it is gone. Without a version: the latest. */
  get(
    registryId: RegistryId,
    uid: SpeakerUid,
    clipId: RecordingId,
    version?: string | undefined,
  ): Promise<Uint8Array | undefined>;
  /** Whether `get` would return bytes. */
  has(
    registryId: RegistryId,
    uid: SpeakerUid,
    clipId: RecordingId,
    version?: string | undefined,
  ): Promise<boolean>;
  /**
   * Whether the audio exists and is at this version. Stores keep older versions only for a while.
   */
  isLatest(
    registryId: RegistryId,
    uid: SpeakerUid,
    clipId: RecordingId,
    version?: string | undefined,
  ): Promise<boolean>;
  /** Removes every version. Does nothing if there is none. */
  remove(registryId: RegistryId, uid: SpeakerUid, clipId: RecordingId): Promise<void>;
  removeSpeaker(registryId: RegistryId, uid: SpeakerUid): Promise<void>;
  /** Every stored recording, for fsck. */
  list(registryId: RegistryId): Promise<readonly { uid: SpeakerUid; clipId: RecordingId }[]>;
};
