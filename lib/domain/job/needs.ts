import type { Job, JobResult } from "../../ports/job.ts";
import type { Services } from "../../ports/services.ts";
import type { EnrollNeeds } from "../enrollment/enroll.ts";

export type JobNeeds = EnrollNeeds & Pick<Services, "jobs" | "registries" | "uploadFiles" | "uploads">;

/** A change of the job as it stands; with a result it is one further. Rejects with `write-contention` where another was first. */
export type Save = (change: Partial<Job>, result?: Omit<JobResult, "line">) => Promise<void>;
