import type {
  CalibrationId,
  ClipId,
  CohortId,
  GroupId,
  JobId,
  KeyId,
  RegistryId,
  SpeakerId,
  SpeakerUid,
  UploadId,
} from "../id.ts";
import type { Stranger } from "./candidate-voice.ts";
import type { StoredDiarization } from "./diarization.ts";
import type { Moment } from "./page.ts";
import type { Failure } from "./upload.ts";
import type { Delivery } from "./webhook.ts";

/** What a `calibrate` job was asked for. A list of trials is its manifest. */
export type CalibrationSettings = {
  from: "registry" | "trials";
  cohort?: CohortId | "bundled" | undefined;
  defaultFar?: number | undefined;
  activate?: boolean | undefined;
  /** Fit on labeled decisions as well. */
  decisions?: boolean | undefined;
};

/** What a `build-cohort` job was asked for. The clips are its manifest. */
export type CohortSettings = {
  name?: string | undefined;
  topN?: number | undefined;
  skipUnfit?: boolean | undefined;
  /** Sources besides the clips: the registry's speakers, the model's own cohort, other cohorts. */
  registry?: boolean | undefined;
  bundled?: boolean | undefined;
  cohorts?: readonly CohortId[] | undefined;
};

/** What a `diarize` job was asked for. */
export type DiarizationSettings = {
  upload: UploadId;
  channel?: number | undefined;
  /** Match only members of this group. */
  group?: GroupId | undefined;
  far?: number | undefined;
  /** The person or device behind the API key, as `Caller-Id` names it. */
  callerId?: string | undefined;
  /** Whether `far` may exceed the registry's own rate. */
  mayLoosen?: boolean | undefined;
};

/** What a client of Voice ID has started a job with, as it reads it again. */
export type VoiceIdSettings = {
  domainId: string;
  name?: string | undefined;
  role?: string | undefined;
  inputUri: string;
  outputUri: string;
  kmsKeyId?: string | undefined;
  existing: ExistingSpeaker;
  /** Whether the client has turned fraud detection off, rather than said nothing of it. */
  ignoresFraud: boolean;
};
/** What happens to a speaker that is enrolled before a request. */
export type ExistingSpeaker = "overwrite" | "skip";

/** What a job has made. */
export type JobOutcome =
  | {
      diarization: StoredDiarization;
      /** Strangers that are not candidate voices yet, until the job is done. */
      strangers?: { found: readonly Stranger[]; others: readonly SpeakerUid[] } | undefined;
    }
  | { calibrationId: CalibrationId; suspects: readonly (readonly [SpeakerId, SpeakerId])[] }
  | {
      cohortId: CohortId;
      created: boolean;
      left: readonly { index: number; label: string; why: string }[];
    };

export type Job = {
  registryId: RegistryId;
  jobId: JobId;
  kind: "enroll-batch" | "re-embed" | "refresh-statistics" | "calibrate" | "build-cohort" | "diarize";
  /** The API key that started the job. Once it is revoked, the job ends. */
  keyId?: KeyId | undefined;
  state: "waiting" | "running" | "done";
  calibration?: CalibrationSettings | undefined;
  cohort?: CohortSettings | undefined;
  diarization?: DiarizationSettings | undefined;
  voiceId?: VoiceIdSettings | undefined;
  /** What `done` and `total` count, in a job with several stages. */
  stage?: "diarizing" | "embedding" | "scoring" | "fitting" | undefined;
  /**
   * Lines of the manifest, or parts of the stage. Undefined if the number isn't known in advance.
   */
  total?: number | undefined;
  /**
   * Results so far, each a success or a failure: a worker continues with the next line. Parts done
   * of a job with stages.
   */
  done: number;
  succeeded: number;
  failed: number;
  /**
   * Attempts at the line after `done`, or at a job without lines. If there are any, the line may
   * already be enrolled.
   */
  tries: number;
  /**
   * A manifest that is still being read: where it is, how many of its bytes are stored as lines,
   * and its version once the first of them is.
   */
  manifest?: { uri: string; at: number; version?: string | undefined } | undefined;
  /** How many lines each stored part of the manifest has. Undefined: all lines are in one part. */
  parts?: readonly number[] | undefined;
  /** Set once, before the job is done: another attempt doesn't make anything else. */
  outcome?: JobOutcome | undefined;
  /** Why the job ended early. */
  problem?: Failure | undefined;
  /** A request has asked to end the job early. A worker does so before its next step. */
  canceled?: boolean | undefined;
  /** The cursor at which re-embedding continues in the list of speakers. */
  after?: string | undefined;
  createdAt: string;
  updatedAt: string;
  /** When the job and its results are deleted. */
  goneAt: string;
  /** 1 on first write. Each change adds 1. */
  version: number;
};

/** What became of one clip of a line: enrolled, or why not. */
export type ClipOutcome = { clipId: ClipId } | { problem: Failure };

/**
 * What became of a request of a Voice ID manifest. `speaker`: after it; undefined if there is none
 */
export type RequestResult = {
  /** The client's, from the manifest. */
  id: string;
  status: "DUPLICATE_SKIPPED" | "ENROLLMENT_OVERWRITE" | "NEW_ENROLLMENT";
  speaker?: { uid: SpeakerUid; isEnrolled: boolean; missingSeconds: number } | undefined;
};

/** The outcome of one line of a manifest, or of one speaker. line: from 1 */
export type JobResult = {
  line: number;
  speakerId?: SpeakerId | undefined;
  /** The enrolled clips. */
  clips: readonly ClipId[];
  /** Of each clip, in the order of the line. Undefined unless the line has several. */
  outcomes?: readonly ClipOutcome[] | undefined;
  /** Set if no clip was enrolled. */
  problem?: Failure | undefined;
  request?: RequestResult | undefined;
};

export type JobStore = {
  /** Undefined for an unknown job, and from `goneAt` on. Strongly consistent. */
  get(registryId: RegistryId, jobId: JobId): Promise<Job | undefined>;
  /**
   * Puts version 1 if no job exists, and version v > 1 over version v - 1. Otherwise rejects with
   * `write-contention`. Puts job, result and deliveries together or nothing. Durable when it
   * resolves.
   */
  put(job: Job, result?: JobResult, outgoing?: readonly Delivery[]): Promise<void>;
  /** Jobs that are not done. */
  unfinished(registryId: RegistryId): Promise<readonly JobId[]>;
  /** Every job, done or not. */
  list(registryId: RegistryId): Promise<readonly Job[]>;
  /**
   * Jobs by the time of their start, newest first, starting after `after`; at most `limit`. May
   * miss a job that was started a moment ago.
   */
  recent(registryId: RegistryId, limit: number, after?: Moment | undefined): Promise<readonly Job[]>;
  /** Replaces the result of a line that has one. */
  replaceResult(job: Job, result: JobResult): Promise<void>;
  /** Results after this line, in order of lines. limit: 1 to 1000 */
  results(registryId: RegistryId, jobId: JobId, after: number, limit: number): Promise<readonly JobResult[]>;
  /** Durable when it resolves. part: from 0 */
  putManifest(registryId: RegistryId, jobId: JobId, bytes: Uint8Array, part?: number): Promise<void>;
  manifest(registryId: RegistryId, jobId: JobId, part?: number): Promise<Uint8Array | undefined>;
  /** Removes this many parts, by default one. Does nothing for those that don't exist. */
  removeManifest(registryId: RegistryId, jobId: JobId, parts?: number): Promise<void>;
};
