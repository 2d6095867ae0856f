import type { ClipId, RegistryId, SpeakerId, SpeakerUid } from "../../id.ts";
import type { GalleryPlace } from "../../ports/gallery.ts";
import type { Collection, DocumentKey, ListedKind, SingleKind } from "../shared/documents.ts";

export type Key = { PK: string; SK: string };

/*
 * Every key of the table. All partition keys begin with `R#` or `K#`: the functions' rights name
 * these prefixes. IDs contain no `#`, so keys of different kinds can't collide. IDs are stored
 * without `reg_`, `spk_` and other prefixes: a clip has to fit into 1 KB.
 */
const bare = (id: string): string => id.slice(id.indexOf("_") + 1);
const of = (registryId: string): string => `R#${bare(registryId)}`;

/**
 * Where documents of a kind are stored. listed: one partition for each owner, otherwise one for
 * each document. prefix: of the IDs, left out in keys. sort: what their sort keys begin with, in a
 * partition that has other items as well.
 */
type Place = { listed: boolean; letter: string; prefix: string; sort?: string };
const PLACES: Readonly<Record<ListedKind | SingleKind, Place>> = {
  active: { listed: false, letter: "M", prefix: "mdl_" },
  audit: { listed: true, letter: "A", prefix: "" },
  calibration: { listed: true, letter: "C", prefix: "cal_" },
  candidate: { listed: true, letter: "B", prefix: "cnd_" },
  candidateHead: { listed: false, letter: "B", prefix: "" },
  cohort: { listed: true, letter: "H", prefix: "coh_" },
  consentProof: { listed: true, letter: "Z", prefix: "" },
  erasure: { listed: true, letter: "E", prefix: "spk_" },
  decision: { listed: false, letter: "D", prefix: "dec_" },
  delivery: { listed: false, letter: "V", prefix: "evt_" },
  group: { listed: true, letter: "N", prefix: "" },
  heardProbe: { listed: true, letter: "U", prefix: "", sort: "F#" },
  idempotency: { listed: false, letter: "I", prefix: "" },
  job: { listed: true, letter: "J", prefix: "job_" },
  jobResult: { listed: true, letter: "J", prefix: "" },
  key: { listed: false, letter: "K", prefix: "key_" },
  listedKey: { listed: true, letter: "K", prefix: "" },
  olderHeardProbe: { listed: true, letter: "F", prefix: "" },
  outbox: { listed: true, letter: "X", prefix: "" },
  optOut: { listed: false, letter: "O", prefix: "" },
  // The partition is `R##`. No registry is called "#".
  listedRegistry: { listed: true, letter: "", prefix: "reg_" },
  registry: { listed: false, letter: "R", prefix: "reg_" },
  retention: { listed: false, letter: "T", prefix: "" },
  upload: { listed: false, letter: "P", prefix: "upl_" },
  webhook: { listed: true, letter: "W", prefix: "whk_" },
};

/**
 * `R#REGISTRY#LETTER`, `R#REGISTRY#J#JOB` for job results, `R#REGISTRY#U#UID` for heard probes,
 * `R#REGISTRY#V#WEBHOOK` for deliveries. The table's partition of a listed kind; the index's (GSI1)
 * of a kind that it holds by time.
 */
export function collectionPartition({ kind, owner }: Collection): string {
  const [registry = "", ...within] = owner.split("/");
  return [of(registry), PLACES[kind].letter, ...within.map(bare)].join("#");
}

export function documentKey(key: DocumentKey): Key {
  const { listed, letter, prefix, sort = "" } = PLACES[key.kind];
  const id = key.id.slice(prefix.length);
  if (listed) return { PK: collectionPartition(key), SK: sort + id };
  const partition = key.owner === "" ? letter : collectionPartition(key);
  return { PK: `${partition}#${id}`, SK: letter };
}

/** What the sort keys of a collection begin with. Empty: it has its partition for itself. */
export const sortPrefix = ({ kind }: Pick<Collection, "kind">): string => PLACES[kind].sort ?? "";

/** The inverse of `documentKey`. */
export function documentId(kind: DocumentKey["kind"], { PK, SK }: Key): string {
  const { listed, letter, prefix, sort = "" } = PLACES[kind];
  // A decision is spread (spread-keys.ts), or has a partition of its own.
  return prefix + (listed || SK !== letter ? SK.slice(sort.length) : PK.slice(PK.lastIndexOf("#") + 1));
}

export const speakerKey = (registryId: RegistryId, speakerId: SpeakerId): Key => ({
  PK: `${of(registryId)}#S#${speakerId}`,
  SK: "S",
});
/** By uid, because the ID of an erased speaker can be used again. */
export const clipsPartition = (registryId: RegistryId, uid: SpeakerUid): string =>
  `${of(registryId)}#U#${bare(uid)}`;
export const CLIP_PREFIX = "C#";
export const clipKey = (registryId: RegistryId, uid: SpeakerUid, clipId: ClipId): Key => ({
  PK: clipsPartition(registryId, uid),
  SK: `${CLIP_PREFIX}${bare(clipId)}`,
});
export const REJECTS_SORT = "D";
/**
 * Between the clips and the probes in the order of sort keys: a verification reads the rejects with
 * the clips, and again with the probes.
 */
export const rejectsKey = (registryId: RegistryId, uid: SpeakerUid): Key => ({
  PK: clipsPartition(registryId, uid),
  SK: REJECTS_SORT,
});
/**
 * GSI1: a registry's speakers in order of their first commits. The 0 leaves room for more
 * partitions.
 */
export const directoryPartition = (registryId: RegistryId): string => `${of(registryId)}#L#0`;

/** The change log: each speaker once, at its last change. The 0 leaves room for more partitions. */
export const changesPartition = (registryId: RegistryId): string => `${of(registryId)}#G#0`;
export const CHANGE_PREFIX = "L#";
export const changeKey = (registryId: RegistryId, lsn: string): Key => ({
  PK: changesPartition(registryId),
  SK: `${CHANGE_PREFIX}${lsn}`,
});
/**
 * The uid of entries that tell that the statistics of many voiceprints were replaced. No speaker's
 * is this short. Readers take it for an erased one.
 */
export const REFRESHED_UID: SpeakerUid = "spk_refreshed";
/** Returns the registry of a change log's partition. Undefined for any other partition. */
export function registryOfChanges(partition: string): RegistryId | undefined {
  const id = /^R#([^#]+)#G#0$/.exec(partition)?.[1];
  return id === undefined ? undefined : `reg_${id}`;
}

/** What the candidate index has of a registry and model (candidates/ledger.ts). */
export const indexStateKey = ({ registryId, modelId }: GalleryPlace): Key => ({
  // No uid is empty.
  PK: `${of(registryId)}#Y#`,
  SK: bare(modelId),
});
/** Whether a speaker is counted in the candidate index. */
export const indexCountKey = ({ registryId, modelId }: GalleryPlace, uid: SpeakerUid): Key => ({
  PK: `${of(registryId)}#Y#${bare(uid)}`,
  SK: bare(modelId),
});
/** A speaker's vector, in DynamoDB's own vector index. */
export const vectorKey = ({ registryId, modelId }: GalleryPlace, uid: SpeakerUid): Key => ({
  PK: `${of(registryId)}#Y#${bare(uid)}`,
  SK: `V#${bare(modelId)}`,
});
/** The partition of that index: one registry's vectors of one model. */
export const vectorPartition = ({ registryId, modelId }: GalleryPlace): string =>
  `${bare(registryId)}#${bare(modelId)}`;

export const counterKey = (registryId: RegistryId, counter: string): Key => ({
  PK: `${of(registryId)}#Q#${counter}`,
  SK: "Q",
});
