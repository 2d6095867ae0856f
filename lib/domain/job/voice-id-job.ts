import type { RegistryId } from "../../id.ts";
import type { Job, JobResult, VoiceIdSettings } from "../../ports/job.ts";
import type { Services } from "../../ports/services.ts";
import type { Page } from "../../ports/speaker.ts";
import { newestPage, parseMoment } from "../newest.ts";
import { type JobStart, startJob } from "./job.ts";
import type { JobNeeds } from "./needs.ts";
import { requireJob } from "./read.ts";
import { enrollmentOutput, type RequestOutcome } from "./voice-id-output.ts";

const RESULTS = 1000;

/**
 * Starts a job for the speakers of a Voice ID manifest, which its worker reads. Throws
 * `file-not-allowed` for a manifest that jobs may not read.
 */
export async function startVoiceIdJob(
  services: JobNeeds,
  { voiceId, ...start }: JobStart & { voiceId: VoiceIdSettings },
): Promise<Job> {
  const { registryId } = start;
  services.uriFiles.check(voiceId.inputUri);
  const { id } = await startJob(services, { ...start, kind: "enroll-batch", voiceId });
  return requireJob(services, { registryId, jobId: id });
}

/** A page of the jobs that were started as Voice ID's, newest first; see `listJobs`. */
export function listVoiceIdJobs(
  { jobs }: Pick<Services, "jobs">,
  input: { registryId: RegistryId; filter(job: Job): boolean; limit: number; after?: string | undefined },
): Promise<Page<Job>> {
  const { registryId, filter, limit, after } = input;
  return newestPage({
    limit,
    after: after === undefined ? undefined : parseMoment(after),
    read: (size, last) => jobs.recent(registryId, size, last),
    momentOf: ({ createdAt, jobId }) => ({ at: Date.parse(createdAt), id: jobId }),
    filter: (job) => job.voiceId !== undefined && filter(job),
  });
}

/** The output file of a job: what became of its requests so far. */
export async function voiceIdOutput(
  { jobs }: Pick<Services, "jobs">,
  { registryId, jobId, done }: Job,
): Promise<ReturnType<typeof enrollmentOutput>> {
  const outcomes: RequestOutcome[] = [];
  for (let after = 0; after < done; ) {
    const results = await jobs.results(registryId, jobId, after, RESULTS);
    outcomes.push(...results.map(outcomeOf));
    after = results.at(-1)?.line ?? done;
  }
  return enrollmentOutput(outcomes);
}

function outcomeOf({ line, speakerId, request, problem, outcomes = [] }: JobResult): RequestOutcome {
  const [first] = outcomes.flatMap((outcome) => ("problem" in outcome ? [outcome.problem] : []));
  const { id = String(line), speaker, status = "NEW_ENROLLMENT" } = request ?? {};
  return {
    requestId: id,
    speaker: speaker && speakerId ? { ...speaker, id: speakerId } : undefined,
    status,
    problem: problem ?? first,
  };
}
