import type { JobId, RegistryId, UploadId } from "../id.ts";

/** Work that no request waits for. Running a task twice, or restarting it, does no harm. */
export type BackgroundTask =
  | { kind: "refresh-statistics"; registryId: RegistryId }
  /** Deletes what expired uploads and interrupted enrollments leave behind. */
  | { kind: "sweep"; registryId: RegistryId }
  /** Removes what other records still say about erased speakers. */
  | { kind: "finish-erasures"; registryId: RegistryId }
  | { kind: "enroll-upload"; registryId: RegistryId; uploadId: UploadId }
  | { kind: "job"; registryId: RegistryId; jobId: JobId };

export type BackgroundTasks = {
  /**
   * Resolves when the task is queued. If this process ends first, the next start adds the task
   * again.
   */
  add(backgroundTask: BackgroundTask): Promise<void>;
  /**
   * Passes each task to `worker`, one at a time, starting with those that are already queued. A
   * task that is waiting isn't queued a second time. When `signal` aborts, the service is closing
   * and the worker should end soon. The worker must not reject.
   */
  work(worker: (backgroundTask: BackgroundTask, signal: AbortSignal) => Promise<void>): void;
};
