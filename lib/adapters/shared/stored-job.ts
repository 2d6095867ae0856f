import type { Job, JobResult } from "../../ports/job.ts";

/** A job as JSON kept it: what was undefined is left out there. */
export function jobOf(body: string): Job {
  const job = JSON.parse(body) as Job;
  return { ...job, total: job.total ?? undefined, after: job.after ?? undefined };
}

export function jobResultOf(body: string): JobResult {
  const result = JSON.parse(body) as JobResult;
  return { ...result, speakerId: result.speakerId ?? undefined, problem: result.problem ?? undefined };
}
