import { AppError } from "../../error.ts";
import type { JobId, RegistryId } from "../../id.ts";
import type { Job, JobOutcome } from "../../ports/job.ts";
import type { Services } from "../../ports/services.ts";
import type { Page } from "../../ports/speaker.ts";
import type { JobResultView, JobView } from "../../schema/job.ts";
import { newestPage, parseMoment } from "../newest.ts";
import { withPeople } from "../people/named.ts";
import { readRegistry } from "../registry/registry.ts";
import { jobView, resultView } from "./view.ts";

type JobKey = { registryId: RegistryId; jobId: JobId };

/** Throws `job-not-found`. */
export async function requireJob(
  { jobs }: Pick<Services, "jobs">,
  { registryId, jobId }: JobKey,
): Promise<Job> {
  const job = await jobs.get(registryId, jobId);
  if (!job) throw new AppError("job-not-found", "No such job. Jobs are deleted after 30 days.");
  return job;
}

/**
 * A job with one page of its results. Strangers of a recording have the names that they were given
 * since.
 *
 * after   the last line of the previous page; undefined: start at the first line
 * throws  `job-not-found`
 */
export async function readJob(
  services: Pick<Services, "candidates" | "clock" | "jobs" | "registries" | "speakers">,
  input: { registryId: RegistryId; jobId: JobId; after?: number | undefined; limit: number },
): Promise<{ job: JobView; results: readonly JobResultView[]; next: number | undefined }> {
  const { registryId, jobId, after = 0, limit } = input;
  const { jobs } = services;
  const job = await requireJob(services, { registryId, jobId });
  const results = await jobs.results(registryId, jobId, after, limit);
  const last = results.at(-1)?.line;
  const next = last !== undefined && last < job.done ? last : undefined;
  const shown = { ...job, outcome: await outcomeWithPeople(services, job) };
  return { job: jobView(shown), results: results.map(resultView), next };
}

async function outcomeWithPeople(
  services: Parameters<typeof withPeople>[0] & Pick<Services, "registries">,
  { registryId, outcome }: Job,
): Promise<JobOutcome | undefined> {
  if (!outcome || !("diarization" in outcome) || !outcome.diarization.recording) return outcome;
  const registry = await readRegistry(services, registryId);
  return { diarization: await withPeople(services, registry, outcome.diarization) };
}

/**
 * A page of jobs, newest first; `after` is the previous page's `next`. May be shorter than `limit`,
 * even empty, if few jobs are of these kinds and in this state.
 */
export async function listJobs(
  { jobs }: Pick<Services, "jobs">,
  input: {
    registryId: RegistryId;
    /** Undefined: all kinds. */
    kinds?: readonly Job["kind"][] | undefined;
    state?: Job["state"] | undefined;
    limit: number;
    after?: string | undefined;
  },
): Promise<Page<JobView>> {
  const { registryId, kinds, state, limit, after } = input;
  const { items, next } = await newestPage({
    limit,
    after: after === undefined ? undefined : parseMoment(after),
    read: (size, last) => jobs.recent(registryId, size, last),
    momentOf: ({ createdAt, jobId }) => ({ at: Date.parse(createdAt), id: jobId }),
    filter: (job) =>
      (kinds === undefined || kinds.includes(job.kind)) && (state === undefined || job.state === state),
  });
  return { items: items.map(jobView), next };
}

/** Jobs that are waiting or running. */
export async function unfinishedJobs(
  { jobs }: Pick<Services, "jobs">,
  { registryId }: { registryId: RegistryId },
): Promise<readonly JobView[]> {
  const ids = await jobs.unfinished(registryId);
  const found = await Promise.all(ids.map((jobId) => jobs.get(registryId, jobId)));
  return found.filter((job) => job !== undefined).map(jobView);
}
