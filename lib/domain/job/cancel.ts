import type { JobId, RegistryId } from "../../id.ts";
import type { Job } from "../../ports/job.ts";
import type { Services } from "../../ports/services.ts";
import type { JobView } from "../../schema/job.ts";
import { untilCommitted } from "../commit.ts";
import type { EventNeeds } from "../event/outgoing.ts";
import { removeLines } from "./batch-lines.ts";
import { putJob } from "./put.ts";
import { requireJob } from "./read.ts";
import { jobView } from "./view.ts";

type Needs = EventNeeds & Pick<Services, "jobs">;

/**
 * Ends a job early. A job that no worker has begun ends at once, any other before its next step:
 * the line in progress is finished, and what was made stays. A job that is done stays as it is.
 *
 * mayCancel  throws if the caller may not cancel such a job
 * throws     `job-not-found`
 */
export async function cancelJob(
  services: Needs,
  { registryId, jobId, mayCancel }: { registryId: RegistryId; jobId: JobId; mayCancel?(job: JobView): void },
): Promise<JobView> {
  const canceled = await untilCommitted(services, async () => {
    const job = await requireJob(services, { registryId, jobId });
    mayCancel?.(jobView(job));
    if (job.state === "done" || job.canceled) return job;
    const state = job.state === "waiting" ? "done" : job.state;
    const updatedAt = services.clock.now().toISOString();
    const next: Job = { ...job, canceled: true, state, updatedAt, version: job.version + 1 };
    await putJob(services, next);
    return next;
  });
  if (canceled.state === "done") await removeLines(services, canceled);
  else await services.backgroundTasks.add({ kind: "job", registryId, jobId });
  return jobView(canceled);
}
