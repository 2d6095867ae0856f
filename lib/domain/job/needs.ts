import type { Job, JobResult } from "../../ports/job.ts";
import type { Services } from "../../ports/services.ts";
import type { EnrollNeeds } from "../enrollment/enroll.ts";

export type JobNeeds = EnrollNeeds &
  Pick<Services, "jobs" | "keys" | "registries" | "uploadFiles" | "uploads">;

/**
 * Stores a change of the job; with a result, also advances it by one line. Rejects with
 * `write-contention` if another worker has changed the job.
 */
export type Save = (change: Partial<Job>, result?: Omit<JobResult, "line">) => Promise<void>;
