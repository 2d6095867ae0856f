import type { JobId, RegistryId, UploadId } from "../id.ts";
import type { DeliveryKey } from "./webhook.ts";

/** Work that no request waits for. Running a task twice, or restarting it, does no harm. */
export type BackgroundTask =
  | { kind: "refresh-statistics"; registryId: RegistryId }
  /** Deletes what expired uploads and interrupted enrollments leave behind. */
  | { kind: "sweep"; registryId: RegistryId }
  /** Removes what other records still say about erased speakers. */
  | { kind: "finish-erasures"; registryId: RegistryId }
  | { kind: "enroll-upload"; registryId: RegistryId; uploadId: UploadId }
  | { kind: "job"; registryId: RegistryId; jobId: JobId }
  /** Sends an event to one destination. */
  | ({ kind: "deliver-event" } & DeliveryKey);

export type BackgroundTasks = {
  /**
   * Resolves when the task is queued. If this process ends first, the next start adds the task
   * again.
   *
   * delaySeconds: before it may run, 0 to 900; by default 0
   */
  add(backgroundTask: BackgroundTask, options?: { delaySeconds?: number }): Promise<void>;
  /**
   * Passes each task to `worker`, one at a time, starting with those that are already queued. A
   * queue in this process runs deliveries beside them, a few at a time. A task that is waiting
   * isn't queued a second time. When `signal` aborts, the service is closing
   * and the worker should end soon.
   *
   * A task whose `worker` rejects doesn't stop the others. A queue that is another service delivers
   * it again later.
   *
   * failed: called with what went wrong: a task's rejection, or a call to the queue
   */
  work(
    worker: (backgroundTask: BackgroundTask, signal: AbortSignal) => Promise<void>,
    failed?: (error: unknown) => void,
  ): void;
  /** The tasks that wait in this process. Undefined if the queue is another service. */
  waiting?(): number;
};
