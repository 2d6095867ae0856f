import { AppError } from "../../error.ts";
import type { Job, JobOutcome } from "../../ports/job.ts";
import { failureOf } from "../failure.ts";
import { requireStillAllowed, STOPPING } from "../registry/still-allowed.ts";
import { type JobNeeds, type StepContext, TRIES } from "./needs.ts";

/**
 * Takes a step of a job that makes one thing of all its lines, and ends the job once that is made
 * or can't be made. A job that a crash interrupted starts the step again, at most three times.
 *
 * make    resolves to what was made, or to undefined if it needs another step
 * settle  runs once the outcome is stored; again after a crash in it. What it returns replaces the
 *         outcome
 */
export async function wholeJobStep(
  services: JobNeeds,
  job: Job,
  context: StepContext & {
    make(): Promise<JobOutcome | undefined>;
    settle(outcome: JobOutcome): Promise<JobOutcome | undefined>;
  },
): Promise<void> {
  const { save, report, make, settle } = context;
  const end = async (change: Partial<Job>) => {
    await save({ ...change, tries: 0 });
    // Keep this order: a worker that lost the job writes no manifest once the job has an end.
    await services.jobs.removeManifest(job.registryId, job.jobId);
    await save({ state: "done" });
  };
  if (job.problem) return end({});
  if (job.tries >= TRIES) return end({ problem: GIVEN_UP });
  await save({ tries: job.tries + 1 });
  try {
    const outcome = job.outcome ?? (await make());
    if (!outcome) return await save({ tries: 0 });
    await requireStillAllowed(services, job);
    // Stored before it takes effect, so that a repeated attempt doesn't make something else.
    if (!job.outcome) await save({ outcome });
    const settled = await settle(outcome);
    await end({ ...countsOf(job, outcome), ...(settled ? { outcome: settled } : {}) });
  } catch (error) {
    if (!(error instanceof AppError) || error.slug === "internal-error") return report?.(error);
    const problem = STOPPING.includes(error.slug) ? undefined : failureOf(error);
    if (problem) return end({ problem, ...(job.kind === "build-cohort" ? {} : { failed: 1 }) });
    // This failure isn't the job's fault, so it doesn't count as an attempt. The job is retried.
    await save({ tries: job.tries });
    throw error;
  }
}

function countsOf({ total = 0 }: Job, outcome: JobOutcome): Pick<Job, "failed" | "succeeded"> {
  if ("diarization" in outcome) return { succeeded: 1, failed: 0 };
  if ("calibrationId" in outcome) return { succeeded: 1, failed: 0 };
  const failed = outcome.left.length;
  return { succeeded: total - failed, failed };
}

const GIVEN_UP = {
  slug: "internal-error",
  detail: `This job failed ${TRIES} times because of an internal error. The service's log has the details.`,
} as const;
