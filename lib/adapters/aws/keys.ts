import type {
  CalibrationId,
  ClipId,
  CohortId,
  DecisionId,
  GroupId,
  JobId,
  KeyId,
  ModelId,
  RegistryId,
  SpeakerId,
  SpeakerUid,
  UploadId,
} from "../../id.ts";

export type Key = { PK: string; SK: string };
/** Where an item stands in GSI1. */
export type IndexKey = { GSI1PK: string; GSI1SK: string };

/**
 * Every key of the table. All partition keys begin with `R#` or `K#`: the functions' rights name these prefixes. No id holds
 * a `#`, so keys cannot run into each other. Ids stand without their `reg_`, `spk_`, ...: a clip has to fit into 1 KB.
 */
const bare = (id: string): string => id.slice(id.indexOf("_") + 1);
const of = (registryId: RegistryId): string => `R#${bare(registryId)}`;

// The registry and a copy in the list of all; the same for an API key.
export const registryKey = (registryId: RegistryId): Key => ({ PK: of(registryId), SK: "R" });
/** No registry is called "#": ids are of letters and digits. */
export const registriesPartition = "R##";
export const listedRegistryKey = (registryId: RegistryId): Key => ({
  PK: registriesPartition,
  SK: bare(registryId),
});
export const apiKeyKey = (keyId: KeyId): Key => ({ PK: `K#${bare(keyId)}`, SK: "K" });
export const apiKeysPartition = (registryId: RegistryId): string => `${of(registryId)}#K`;
export const listedApiKeyKey = (registryId: RegistryId, createdAt: string, keyId: KeyId): Key => ({
  PK: apiKeysPartition(registryId),
  SK: `${createdAt}#${bare(keyId)}`,
});

export const speakerKey = (registryId: RegistryId, speakerId: SpeakerId): Key => ({
  PK: `${of(registryId)}#S#${speakerId}`,
  SK: "S",
});
/** By uid, not by id: an erased speaker's id may be given to somebody else. */
export const clipsPartition = (registryId: RegistryId, uid: SpeakerUid): string =>
  `${of(registryId)}#U#${bare(uid)}`;
export const clipKey = (registryId: RegistryId, uid: SpeakerUid, clipId: ClipId): Key => ({
  PK: clipsPartition(registryId, uid),
  SK: `C#${bare(clipId)}`,
});
/** GSI1: a registry's speakers in the order of their first commits. The 0 leaves room for more partitions. */
export const directoryPartition = (registryId: RegistryId): string => `${of(registryId)}#L#0`;

/** The change log: each speaker once, at its last change. The 0 leaves room for more partitions. */
export const changesPartition = (registryId: RegistryId): string => `${of(registryId)}#G#0`;
export const CHANGE_PREFIX = "L#";
export const changeKey = (registryId: RegistryId, lsn: string): Key => ({
  PK: changesPartition(registryId),
  SK: `${CHANGE_PREFIX}${lsn}`,
});
/** The registry whose change log this is the partition of; undefined for any other partition. */
export function registryOfChanges(partition: string): RegistryId | undefined {
  const id = /^R#([^#]+)#G#0$/.exec(partition)?.[1];
  return id === undefined ? undefined : `reg_${id}`;
}

export const groupsPartition = (registryId: RegistryId): string => `${of(registryId)}#N`;
export const groupKey = (registryId: RegistryId, groupId: GroupId): Key => ({
  PK: groupsPartition(registryId),
  SK: groupId,
});
export const cohortsPartition = (registryId: RegistryId): string => `${of(registryId)}#H`;
export const cohortKey = (registryId: RegistryId, cohortId: CohortId): Key => ({
  PK: cohortsPartition(registryId),
  SK: bare(cohortId),
});
export const calibrationsPartition = (registryId: RegistryId): string => `${of(registryId)}#C`;
export const calibrationKey = (registryId: RegistryId, calibrationId: CalibrationId): Key => ({
  PK: calibrationsPartition(registryId),
  SK: bare(calibrationId),
});
export const activeKey = (registryId: RegistryId, modelId: ModelId): Key => ({
  PK: `${of(registryId)}#M#${bare(modelId)}`,
  SK: "A",
});

export const decisionKey = (registryId: RegistryId, decisionId: DecisionId): Key => ({
  PK: `${of(registryId)}#D#${bare(decisionId)}`,
  SK: "D",
});
/** GSI1: a registry's decisions by their time. */
export const decisionsPartition = (registryId: RegistryId): string => `${of(registryId)}#D`;
export const uploadKey = (registryId: RegistryId, uploadId: UploadId): Key => ({
  PK: `${of(registryId)}#P#${bare(uploadId)}`,
  SK: "P",
});
export const jobsPartition = (registryId: RegistryId): string => `${of(registryId)}#J`;
export const jobKey = (registryId: RegistryId, jobId: JobId): Key => ({
  PK: jobsPartition(registryId),
  SK: bare(jobId),
});
export const jobResultsPartition = (registryId: RegistryId, jobId: JobId): string =>
  `${jobsPartition(registryId)}#${bare(jobId)}`;
export const jobResultKey = (registryId: RegistryId, jobId: JobId, line: number): Key => ({
  PK: jobResultsPartition(registryId, jobId),
  SK: String(line).padStart(9, "0"),
});
export const idempotencyKey = (registryId: RegistryId, keyHash: string): Key => ({
  PK: `${of(registryId)}#I#${keyHash}`,
  SK: "I",
});
export const counterKey = (registryId: RegistryId, counter: string): Key => ({
  PK: `${of(registryId)}#Q#${counter}`,
  SK: "Q",
});
