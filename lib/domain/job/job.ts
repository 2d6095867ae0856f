import { AppError } from "../../error.ts";
import {
  type ClipId,
  type JobId,
  type KeyId,
  makeId,
  type RegistryId,
  type SpeakerId,
  type UploadId,
} from "../../id.ts";
import type { Job, JobResult } from "../../ports/job.ts";
import type { Services } from "../../ports/services.ts";
import type { Failure } from "../../ports/upload.ts";
import type { JobResultView, JobView } from "../../schema/job.ts";
import type { EnrollDetails } from "../enrollment/records.ts";

const MOST_LINES = 100_000;
const KEPT_MS = 30 * 86_400_000;

/** Where a line's audio comes from. */
export type LineAudio =
  | { base64: string; mediaType?: string | undefined }
  | { upload: UploadId }
  | { clip: ClipId; speaker: SpeakerId };

/** A parsed line of a manifest: an enrollment, or what is wrong with the line. */
export type ManifestLine =
  | (EnrollDetails & {
      speakerId: SpeakerId;
      /** 1 to 10 clips. */
      audio: readonly LineAudio[];
      force?: boolean | undefined;
      channel?: number | undefined;
    })
  | { problem: Failure };

type Needs = Pick<Services, "backgroundTasks" | "clock" | "jobs" | "random">;
type JobInput =
  | { kind: "enroll-batch"; lines: readonly ManifestLine[] }
  | { kind: "re-embed" }
  | { kind: "refresh-statistics" };

/**
 * Stores a job and queues it as a background task. Jobs are deleted after 30 days.
 *
 * throws `validation-failed` for a manifest without lines or with too many
 */
export async function startJob(
  services: Needs,
  input: { registryId: RegistryId; keyId?: KeyId | undefined } & JobInput,
): Promise<JobView> {
  const { registryId, keyId, kind } = input;
  const jobId = makeId("job", services.random.bytes(16));
  const lines = kind === "enroll-batch" ? input.lines : undefined;
  if (lines && (lines.length < 1 || lines.length > MOST_LINES))
    throw new AppError(
      "validation-failed",
      `A manifest takes 1 to ${MOST_LINES} lines; this one has ${lines.length}.`,
    );
  if (lines) await services.jobs.putManifest(registryId, jobId, encodeManifest(lines));
  const now = services.clock.now();
  const job: Job = {
    registryId,
    jobId,
    kind,
    keyId,
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

const resultView = ({ line, speakerId, clips, problem }: JobResult): JobResultView => ({
  line,
  speaker: speakerId ?? null,
  status: problem ? "failed" : "done",
  clips,
  problem: problem ?? null,
});

const jobView = ({ jobId, version: _version, tries: _tries, after: _after, ...job }: Job): JobView => ({
  ...job,
  id: jobId,
  total: job.total ?? null,
  problem: job.problem ?? null,
});

export const encodeManifest = (lines: readonly ManifestLine[]): Uint8Array =>
  new TextEncoder().encode(lines.map((line) => JSON.stringify(line)).join("\n"));

/** Parses a manifest that `startJob` stored. */
export const decodeManifest = (bytes: Uint8Array): ManifestLine[] =>
  new TextDecoder()
    .decode(bytes)
    .split("\n")
    .map((line) => JSON.parse(line) as ManifestLine);
