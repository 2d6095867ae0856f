/** Records and promises: what the operations need from outside. Every adapter passes test/contract/. */
import type { Bandwidth, ClipInput, FeatureRecipe, Quality } from "./audio/types.ts";
import type { Slug } from "./error.ts";
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
} from "./id.ts";
import type { CalibrationReport } from "./score/report.ts";
import type { Calibration, Cohort, CohortStats, SpeakerStats, VoiceStats } from "./score/types.ts";
import type { UnitVector } from "./score/vector.ts";

// ---- registry and keys

export type RegistrySettings = {
  /** Net speech after which a speaker counts as enrolled. */
  enrolSpeechSeconds: number;
  /** Operating point where a request names none; undefined: the calibration's own default. */
  far: number | undefined;
  consentRequired: boolean;
  /** Refuse, rather than warn, when a clip seems to hold several voices. */
  refuseMultipleSpeakers: boolean;
  /** Requests per minute and key; undefined: no limit. */
  requestsPerMinute: number | undefined;
};

export type Registry = {
  registryId: RegistryId;
  name: string;
  suspended: boolean;
  settings: RegistrySettings;
};

export type RegistryStore = {
  /** Undefined for an unknown registry. */
  get(registryId: RegistryId): Promise<Registry | undefined>;
  /** Makes or replaces. */
  put(registry: Registry): Promise<void>;
  list(): Promise<readonly Registry[]>;
};

export const SCOPES = [
  "speakers:read",
  "speakers:write",
  "verify",
  "identify",
  "compare",
  "scores:read",
  "calibrations",
  "decisions:read",
] as const;
export type Scope = (typeof SCOPES)[number];

export type ApiKey = {
  keyId: KeyId;
  registryId: RegistryId;
  name: string;
  /** HMAC-SHA256 of the secret under the store's pepper, 64 hexadecimal digits. Never the secret. */
  hash: string;
  scopes: readonly Scope[];
  createdAt: string;
  expiresAt: string | undefined;
  revokedAt: string | undefined;
};

export type KeyStore = {
  get(keyId: KeyId): Promise<ApiKey | undefined>;
  put(key: ApiKey): Promise<void>;
  list(registryId: RegistryId): Promise<readonly ApiKey[]>;
};

// ---- speakers and clips

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
  restate(
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
  name: string | undefined;
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
  /** Every version. Nothing happens where there is none. */
  remove(registryId: RegistryId, uid: SpeakerUid, clipId: ClipId): Promise<void>;
  removeSpeaker(registryId: RegistryId, uid: SpeakerUid): Promise<void>;
  /** What is there, for fsck. */
  list(registryId: RegistryId): Promise<readonly { uid: SpeakerUid; clipId: ClipId }[]>;
};

// ---- uploads

/** Why something failed: the slug and the sentence that a reply would have carried. */
export type Failure = { slug: Slug; detail: string };

/** A file that a client puts into the object store by itself: what was announced, and what became of it. */
export type Upload = {
  registryId: RegistryId;
  uploadId: UploadId;
  /** An audio type, or application/x-ndjson for a job's manifest. */
  mediaType: string;
  /** Size and sha256 (64 hexadecimal digits) of the file that is to come; another one is never used. */
  bytes: number;
  sha256: string;
  /** Whom to enrol it for by itself when it has arrived. */
  enrol: { speakerId: SpeakerId; channel: number | undefined } | undefined;
  /**
   * open: nobody has used it, arrived or not. held: a request or a job is using it, and is believed to until `heldUntil`.
   * enrolling: an enrolment of it has begun, which may be begun again. The others are for good.
   */
  state: "open" | "held" | "consumed" | "enrolling" | "enrolled" | "failed";
  heldUntil: string | undefined;
  /** A job's line, which may take it up again after a crash; undefined: a request. */
  holder: string | undefined;
  /** What it was enrolled as. */
  clips: readonly ClipId[];
  problem: Failure | undefined;
  createdAt: string;
  /** The form takes nothing any more. */
  expiresAt: string;
  /** Ticket and file are erased. */
  goneAt: string;
  /** 1 on first write; each change adds 1. */
  version: number;
};

export type UploadStore = {
  /** Undefined for an unknown one, and from `goneAt` on. Strongly consistent. */
  get(registryId: RegistryId, uploadId: UploadId): Promise<Upload | undefined>;
  /**
   * Version 1 succeeds only where no ticket stands; version v > 1 only over version v - 1; else rejects with
   * `write-contention`. Durable when it resolves.
   */
  put(upload: Upload): Promise<void>;
};

/** What a client posts as multipart/form-data: the fields in their order, then the file as `file`. */
export type UploadForm = { url: string; fields: Readonly<Record<string, string>> };

/** The uploaded files themselves. */
export type UploadFiles = {
  /**
   * Takes one file of the announced size and type, until `expiresAt`; may be posted again until then. A `url` without a
   * host is of this service.
   */
  form(upload: Upload): Promise<UploadForm>;
  /** Undefined where nothing has arrived. `version` changes with every arrival. */
  head(registryId: RegistryId, uploadId: UploadId): Promise<{ bytes: number; version: string } | undefined>;
  /** The bytes of this version alone, and undefined where it is gone. */
  read(registryId: RegistryId, uploadId: UploadId, version: string): Promise<Uint8Array | undefined>;
  /** Every version. Nothing happens where there is none. */
  remove(registryId: RegistryId, uploadId: UploadId): Promise<void>;
  /** What is there, whether or not a ticket stands for it. */
  list(registryId: RegistryId): Promise<readonly UploadId[]>;
  /**
   * Only where forms are posted to this service: keeps the bytes, whole and durable when it resolves. Rejects with
   * `unauthorized` unless the fields are those of `form`.
   */
  receive?(upload: Upload, fields: Readonly<Record<string, string>>, bytes: Uint8Array): Promise<void>;
};

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

// ---- model, cohort, calibration

/** models/<name>/model.json, parsed; docs/model-format.md describes it. */
export type Model = {
  modelId: ModelId;
  name: string;
  dimension: number;
  features: FeatureRecipe;
  /** Less net speech than this has no embedding, whoever asks. */
  minSpeechSeconds: number;
};

export type HeardClip = {
  quality: Quality;
  /** sha256 of the file's bytes, 64 hexadecimal digits. */
  audioSha256: string;
  /** Undefined with less than `model.minSpeechSeconds` of speech. Centred and unit length. */
  embedding: UnitVector | undefined;
  /** Embeddings of consecutive stretches of about 3 s, where asked for; tells two voices in one clip. */
  parts: readonly UnitVector[];
};

export type HearOptions = {
  parts?: boolean;
  /** Embed the whole clip where too little speech was heard: for measuring on lists whose every trial must score. */
  insist?: boolean;
};

/** The clip-to-embedding path: decode, detect speech, embed. Off the event loop in a server. */
export type Embedder = {
  readonly model: Model;
  /** Rejects with the `audio-*` slugs of lib/error.ts for bytes that are no sound clip. */
  hear(clip: ClipInput, options?: HearOptions): Promise<HeardClip>;
  /** Rejects with `model-unavailable` unless the model reproduces its golden embedding (cosine > 0.9999). */
  check(): Promise<void>;
  close(): Promise<void>;
};

/** What comes with a model, the same for every registry. */
export type BundledCohorts = {
  /** Rejects with RangeError for a model that it does not come with. */
  bundled(modelId: ModelId): Promise<Cohort>;
};

/** One row of a cohort, for people and for erasure. */
export type CohortVoice = {
  source: "bundled" | "clips" | "registry";
  /** The registry's speaker whose voice it is. */
  owner: SpeakerUid | undefined;
  /** What the caller calls the voice, where it came from clips. */
  label: string | undefined;
  language: string | undefined;
  bandwidth: Bandwidth | undefined;
  clips: number | undefined;
  speechSeconds: number | undefined;
};

/** A voice of which nothing else is known. */
export const UNKNOWN_VOICE = {
  owner: undefined,
  label: undefined,
  language: undefined,
  bandwidth: undefined,
  clips: undefined,
  speechSeconds: undefined,
} as const satisfies Omit<CohortVoice, "source">;

/** What a list of cohorts shows. */
export type CohortHead = {
  registryId: RegistryId;
  /** From `sha256`: the same voices under the same model with the same topN are the same cohort. */
  cohortId: CohortId;
  modelId: ModelId;
  name: string | undefined;
  /** Of the content (domain/cohort-record.ts), as it was made; 64 hexadecimal digits. */
  sha256: string;
  size: number;
  topN: number;
  /** Voices that were erased since. */
  erased: number;
  createdAt: string;
};

/** voices: [size], one for each row. */
export type CohortRecord = CohortHead & { cohort: Cohort; voices: readonly CohortVoice[] };

export type CohortStore = BundledCohorts & {
  /** Undefined for an unknown one, the bundled one included. Strongly consistent: an erasure that resolved is seen. */
  get(registryId: RegistryId, cohortId: CohortId): Promise<CohortRecord | undefined>;
  /** All or nothing, durable when it resolves. False where it stood already: it stays as it was. */
  put(record: CohortRecord): Promise<boolean>;
  /** The registry's own under this model, in the order they were made. */
  list(registryId: RegistryId, modelId: ModelId): Promise<readonly CohortHead[]>;
  /** Everybody who has a row in a cohort of the registry's, under whichever model; each once, in no order. */
  owners(registryId: RegistryId): Promise<readonly SpeakerUid[]>;
  /** Takes a speaker's row out of every cohort of the registry; each such cohort's `erased` grows by 1. How many did. */
  forget(registryId: RegistryId, uid: SpeakerUid): Promise<number>;
};

/** What comes with a model, the same for every registry. */
export type BundledCalibrations = {
  /** Without tables where nothing was measured. Rejects with RangeError for a model that it does not come with. */
  bundled(modelId: ModelId): Promise<Calibration>;
};

/** A calibration of the registry's own, as it was fitted. */
export type CalibrationRecord = {
  registryId: RegistryId;
  calibration: Calibration;
  report: CalibrationReport;
  createdAt: string;
};

export type CalibrationStore = BundledCalibrations & {
  /** Undefined for an unknown one, the bundled one included. */
  get(registryId: RegistryId, calibrationId: CalibrationId): Promise<CalibrationRecord | undefined>;
  /** Immutable; durable when it resolves. False where it stood already: it stays as it was. */
  put(record: CalibrationRecord): Promise<boolean>;
  /** The registry's own under this model, in the order they were made. */
  list(registryId: RegistryId, modelId: ModelId): Promise<readonly CalibrationRecord[]>;
};

/**
 * What a registry measures with under one model. An undefined id stands for the one that is bundled with the model.
 * Cohort and calibration stand in one record, so that they can be switched together.
 */
export type Active = {
  registryId: RegistryId;
  modelId: ModelId;
  activeCohort: CohortId | undefined;
  previousCohort: CohortId | undefined;
  activeCalibration: CalibrationId | undefined;
  previousCalibration: CalibrationId | undefined;
  /** 1 on first write; each change adds 1. */
  version: number;
  updatedAt: string;
};

export type ActiveStore = {
  /** Undefined where nothing was ever chosen: all is bundled. Strongly consistent. */
  get(registryId: RegistryId, modelId: ModelId): Promise<Active | undefined>;
  /**
   * Version 1 succeeds only where no record stands; version v > 1 only over version v - 1; else rejects with
   * `write-contention`. Durable when it resolves.
   */
  put(active: Active): Promise<void>;
};

// ---- jobs

export type JobKind = "enroll-batch" | "re-embed" | "restate";

/** Long work and how far it has come. Whoever takes it up goes on at `done`. */
export type Job = {
  registryId: RegistryId;
  jobId: JobId;
  kind: JobKind;
  state: "waiting" | "running" | "done";
  /** Lines of the manifest; undefined where it is not known beforehand. */
  total: number | undefined;
  /** Results so far; each is a success or a failure. */
  done: number;
  succeeded: number;
  failed: number;
  /** Attempts at the line after `done` that have begun; more than none: it may have been enrolled. */
  tries: number;
  /** Where re-embedding goes on in the list of speakers. */
  after: string | undefined;
  createdAt: string;
  updatedAt: string;
  /** Job and results are erased. */
  goneAt: string;
  /** 1 on first write; each change adds 1. */
  version: number;
};

/** What became of one line of a manifest, or of one speaker. `line`: from 1. */
export type JobResult = {
  line: number;
  speakerId: SpeakerId | undefined;
  clips: readonly ClipId[];
  problem: Failure | undefined;
};

export type JobStore = {
  /** Undefined for an unknown one, and from `goneAt` on. Strongly consistent. */
  get(registryId: RegistryId, jobId: JobId): Promise<Job | undefined>;
  /**
   * Version 1 succeeds only where no job stands; version v > 1 only over version v - 1; else rejects with
   * `write-contention`. With a result both stand afterwards, or neither. Durable when it resolves.
   */
  put(job: Job, result?: JobResult): Promise<void>;
  /** Those that are not done. */
  unfinished(registryId: RegistryId): Promise<readonly JobId[]>;
  /** In order of lines, those after this one; at most `limit`, 1..1000. */
  results(registryId: RegistryId, jobId: JobId, after: number, limit: number): Promise<readonly JobResult[]>;
  /** Durable when it resolves. */
  putManifest(registryId: RegistryId, jobId: JobId, bytes: Uint8Array): Promise<void>;
  manifest(registryId: RegistryId, jobId: JobId): Promise<Uint8Array | undefined>;
  /** Nothing happens where there is none. */
  removeManifest(registryId: RegistryId, jobId: JobId): Promise<void>;
};

// ---- decisions, idempotency, limits

export type DecisionRecord = {
  decisionId: DecisionId;
  registryId: RegistryId;
  operation: "verify" | "identify" | "compare";
  at: string;
  uid: SpeakerUid | undefined;
  /** The whole reply, no audio and no embedding. */
  reply: unknown;
};

export type DecisionStore = {
  put(decision: DecisionRecord): Promise<void>;
  /** Undefined once it is 90 days old. */
  get(registryId: RegistryId, decisionId: DecisionId): Promise<DecisionRecord | undefined>;
  /** The registry's latest, newest first, at most `limit`; none that is 90 days old. */
  recent(registryId: RegistryId, limit: number): Promise<readonly DecisionRecord[]>;
};

export type StoredReply = { status: number; headers: Readonly<Record<string, string>>; body: string };

export type IdempotencyStore = {
  /**
   * Claims (registry, key) for this request for 24 hours. "claimed": go on, then `finish` or `release`.
   * "replay": it was done before with the same request hash. "reused": another request hash. "in-progress": claimed
   * less than 60 s ago and not finished.
   */
  claim(
    registryId: RegistryId,
    keyHash: string,
    requestHash: string,
  ): Promise<{ state: "claimed" | "reused" | "in-progress" } | { state: "replay"; reply: StoredReply }>;
  finish(registryId: RegistryId, keyHash: string, reply: StoredReply): Promise<void>;
  release(registryId: RegistryId, keyHash: string): Promise<void>;
};

export type LimitStore = {
  /** Adds 1 and resolves to the new count; a counter that has not been added to for `ttlSeconds` starts at 0. */
  add(registryId: RegistryId, counter: string, ttlSeconds: number): Promise<number>;
  /** 0 for an absent or expired counter. `ageSeconds`: since the last `add`. */
  get(registryId: RegistryId, counter: string): Promise<{ count: number; ageSeconds: number }>;
  clear(registryId: RegistryId, counter: string): Promise<void>;
};

// ---- work in the background

/** Work that nobody waits for, and that harms nothing when it is done twice or begun again. */
export type Chore =
  | { kind: "restate-speakers"; registryId: RegistryId }
  /** Erases what is left of uploads that are over, and of enrolments that broke off. */
  | { kind: "sweep"; registryId: RegistryId }
  | { kind: "enrol-upload"; registryId: RegistryId; uploadId: UploadId }
  | { kind: "job"; registryId: RegistryId; jobId: JobId };

export type Chores = {
  /** Resolves when it is noted. Where this process ends before the chore, whoever starts next adds it again. */
  add(chore: Chore): Promise<void>;
  /**
   * From now on chores are handed to `worker`, one at a time, those that were noted before too; the same chore is not noted
   * twice. `signal` says that the service closes: then the worker ends soon. A worker rejects for nobody.
   */
  work(worker: (chore: Chore, signal: AbortSignal) => Promise<void>): void;
};

// ---- the world

export type Clock = { now(): Date; sleep(milliseconds: number): Promise<void> };
export type Random = { bytes(count: number): Uint8Array /** [0, 1) */; unit(): number };

export type Services = {
  registries: RegistryStore;
  keys: KeyStore;
  speakers: SpeakerStore;
  clips: ClipStore;
  uploads: UploadStore;
  uploadFiles: UploadFiles;
  jobs: JobStore;
  groups: GroupStore;
  gallery: Gallery;
  embedder: Embedder;
  cohorts: CohortStore;
  calibrations: CalibrationStore;
  active: ActiveStore;
  chores: Chores;
  decisions: DecisionStore;
  idempotency: IdempotencyStore;
  limits: LimitStore;
  clock: Clock;
  random: Random;
  /** 32 bytes that only this deployment knows: the pepper of key hashes and the seal of cursors. */
  secret: Uint8Array;
  close(): Promise<void>;
};
