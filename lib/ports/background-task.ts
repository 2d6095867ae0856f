import type { JobId, RegistryId, UploadId } from "../id.ts";

/** Work that nobody waits for, and that harms nothing when it is done twice or begun again. */
export type BackgroundTask =
  | { kind: "refresh-statistics"; registryId: RegistryId }
  /** Erases what is left of uploads that are over, and of enrollments that broke off. */
  | { kind: "sweep"; registryId: RegistryId }
  | { kind: "enroll-upload"; registryId: RegistryId; uploadId: UploadId }
  | { kind: "job"; registryId: RegistryId; jobId: JobId };

export type BackgroundTasks = {
  /** Resolves when it is noted. Where this process ends before the chore, whoever starts next adds it again. */
  add(backgroundTask: BackgroundTask): Promise<void>;
  /**
   * From now on chores are handed to `worker`, one at a time, those that were noted before too; the same chore is not noted
   * twice. `signal` says that the service closes: then the worker ends soon. A worker rejects for nobody.
   */
  work(worker: (backgroundTask: BackgroundTask, signal: AbortSignal) => Promise<void>): void;
};
