import { AppError } from "../../error.ts";
import { type JobId, type KeyId, makeId, type RegistryId } from "../../id.ts";
import type { RequestAttempt } from "../../ports/decision.ts";
import type {
  CalibrationSettings,
  CohortSettings,
  DiarizationSettings,
  Job,
  JobOutcome,
  JobResult,
} from "../../ports/job.ts";
import type { Services } from "../../ports/services.ts";
import type { JobResultView, JobView } from "../../schema/job.ts";
import type { ListedTrial } from "../calibration/listed-trials.ts";
import { diarizationView } from "../decision/diarization.ts";
import { type CohortLine, encodeManifest, type ManifestLine } from "./lines.ts";

const MOST_LINES = 100_000;
const KEPT_MS = 30 * 86_400_000;

type Needs = Pick<Services, "backgroundTasks" | "clock" | "jobs" | "random">;
/** Who starts a job, in which registry. */
export type JobStart = {
  registryId: RegistryId;
  keyId?: KeyId | undefined;
  attempt?: RequestAttempt | undefined;
};
type JobInput =
  | { kind: "re-embed" }
  | { kind: "refresh-statistics" }
  | { kind: "enroll-batch"; lines: readonly ManifestLine[] }
  | { kind: "calibrate"; calibration: CalibrationSettings; lines?: readonly ListedTrial[] | undefined }
  | { kind: "diarize"; diarization: DiarizationSettings }
  | { kind: "build-cohort"; cohort: CohortSettings; lines: readonly CohortLine[] };

/**
 * Stores a job and queues it as a background task. Jobs are deleted after 30 days. A repeated
 * request gets the job that an earlier attempt has stored.
 *
 * throws `validation-failed` for a manifest without lines or with too many
 */
export async function startJob(services: Needs, input: JobStart & JobInput): Promise<JobView> {
  const { registryId, keyId, kind } = input;
  const { jobId, stored } = await placeOf(services, input);
  if (stored) {
    await services.backgroundTasks.add({ kind: "job", registryId, jobId });
    return jobView(stored);
  }
  const lines = "lines" in input ? input.lines : undefined;
  if (kind === "enroll-batch" && (input.lines.length < 1 || input.lines.length > MOST_LINES))
    throw new AppError(
      "validation-failed",
      `A manifest takes 1 to ${MOST_LINES} lines; this one has ${input.lines.length}.`,
    );
  if (lines && lines.length > 0)
    await services.jobs.putManifest(registryId, jobId, await encodeManifest(lines));
  const now = services.clock.now();
  const job: Job = {
    registryId,
    jobId,
    kind,
    keyId,
    calibration: kind === "calibrate" ? input.calibration : undefined,
    cohort: kind === "build-cohort" ? input.cohort : undefined,
    diarization: kind === "diarize" ? input.diarization : undefined,
    state: "waiting",
    total: lines?.length,
    done: 0,
    succeeded: 0,
    failed: 0,
    tries: 0,
    after: undefined,
    createdAt: now.toISOString(),
    updatedAt: now.toISOString(),
    goneAt: new Date(now.getTime() + KEPT_MS).toISOString(),
    version: 1,
  };
  await services.jobs.put(job);
  await services.backgroundTasks.add({ kind: "job", registryId, jobId });
  return jobView(job);
}

/**
 * The id of a new job. A request with an idempotency key always gets the same one, so that a retry
 * finds the job of an attempt that crashed.
 */
async function placeOf(
  { jobs, random }: Needs,
  { registryId, attempt }: JobStart,
): Promise<{ jobId: JobId; stored?: Job | undefined }> {
  const drawn = makeId("job", random.bytes(16));
  if (!attempt) return { jobId: drawn };
  const jobId = makeId("job", Buffer.from(attempt.mark, "hex"));
  const stored = await jobs.get(registryId, jobId);
  // The key is a day old and in use again.
  if (stored && !attempt.retry) return { jobId: drawn };
  return { jobId, stored };
}

/**
 * A job with one page of its results.
 *
 * after   the last line of the previous page; undefined: start at the first line
 * throws  `job-not-found`
 */
export async function readJob(
  { jobs }: Pick<Services, "jobs">,
  input: { registryId: RegistryId; jobId: JobId; after?: number | undefined; limit: number },
): Promise<{ job: JobView; results: readonly JobResultView[]; next: number | undefined }> {
  const { registryId, jobId, after = 0, limit } = input;
  const job = await jobs.get(registryId, jobId);
  if (!job) throw new AppError("job-not-found", "No such job. Jobs are deleted after 30 days.");
  const results = await jobs.results(registryId, jobId, after, limit);
  const last = results.at(-1)?.line;
  const next = last !== undefined && last < job.done ? last : undefined;
  return { job: jobView(job), results: results.map(resultView), next };
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

/** Whether the whole line was enrolled, or a part of it, or nothing. */
export function resultStatus({ problem, outcomes = [] }: Omit<JobResult, "line">): JobResultView["status"] {
  if (problem) return "failed";
  return outcomes.some((outcome) => "problem" in outcome) ? "partial" : "done";
}

function resultView(result: JobResult): JobResultView {
  const { line, speakerId, clips, outcomes = [], problem } = result;
  return {
    line,
    speaker: speakerId ?? null,
    status: resultStatus(result),
    clips,
    outcomes: outcomes.map((outcome, i) => ({
      clip: i + 1,
      id: "clipId" in outcome ? outcome.clipId : null,
      problem: "problem" in outcome ? outcome.problem : null,
    })),
    problem: problem ?? null,
  };
}

function jobView({ jobId, ...job }: Job): JobView {
  const { kind, state, done, succeeded, failed, createdAt, updatedAt, goneAt } = job;
  return {
    ...{ id: jobId, kind, state, stage: job.stage ?? null, total: job.total ?? null },
    ...{ done, succeeded, failed, result: outcomeView(job.outcome), problem: job.problem ?? null },
    ...{ createdAt, updatedAt, goneAt },
  };
}

function outcomeView(outcome: JobOutcome | undefined): JobView["result"] {
  if (!outcome) return null;
  if ("diarization" in outcome) return diarizationView(outcome.diarization);
  if ("calibrationId" in outcome) return { calibration: outcome.calibrationId, suspects: outcome.suspects };
  const { cohortId, created, left } = outcome;
  return { cohort: cohortId, created, left };
}
