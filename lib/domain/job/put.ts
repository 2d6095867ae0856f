import type { Job, JobResult } from "../../ports/job.ts";
import type { Services } from "../../ports/services.ts";
import { type EventNeeds, type RegistryEvent, withEvents } from "../event/outgoing.ts";

/** Stores a changed job, and with its last change the event that it is finished. */
export function putJob(
  services: EventNeeds & Pick<Services, "jobs">,
  job: Job,
  result?: JobResult,
): Promise<void> {
  return withEvents(services, job.registryId, finishedEvents(job), (outgoing) =>
    services.jobs.put(job, result, outgoing),
  );
}

function finishedEvents({ jobId, kind, state, succeeded, failed, canceled, problem }: Job): RegistryEvent[] {
  if (state !== "done") return [];
  const outcome = { succeeded, failed, canceled: canceled === true, problem: problem?.slug ?? null };
  return [{ type: "job.finished", data: { jobId, kind, ...outcome } }];
}
