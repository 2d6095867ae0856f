import type { ClipId, JobId, RegistryId, SpeakerId } from "../id.ts";
import type { Failure } from "./upload.ts";

export type JobKind = "enroll-batch" | "re-embed" | "refresh-statistics";

/** Long work and how far it has come. Whoever takes it up goes on at `done`. */
export type Job = {
  registryId: RegistryId;
  jobId: JobId;
  kind: JobKind;
  state: "waiting" | "running" | "done";
  /** Lines of the manifest; undefined where it is not known beforehand. */
  total?: number | undefined;
  /** Results so far; each is a success or a failure. */
  done: number;
  succeeded: number;
  failed: number;
  /** Attempts at the line after `done` that have begun; more than none: it may have been enrolled. */
  tries: number;
  /** Where re-embedding goes on in the list of speakers. */
  after?: string | undefined;
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
  speakerId?: SpeakerId | undefined;
  clips: readonly ClipId[];
  problem?: Failure | undefined;
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
