import { AppError } from "../../error.ts";
import { type ClipId, type JobId, makeId, type RegistryId, type SpeakerId, type UploadId } from "../../id.ts";
import type { Job, JobResult } from "../../ports/job.ts";
import type { Services } from "../../ports/services.ts";
import type { Failure } from "../../ports/upload.ts";
import type { EnrollDetails } from "../enrollment/records.ts";
import type { JobResultView, JobView } from "../replies.ts";

export const MOST_LINES = 100_000;
const KEPT_MS = 30 * 86_400_000;

/** Where a line's audio is. */
export type LineAudio =
  | { base64: string; mediaType?: string | undefined }
  | { upload: UploadId }
  | { clip: ClipId; speaker: SpeakerId };

/** A line of a manifest as it was parsed at the door: an enrollment to come, or why it is none. */
export type ManifestLine =
  | (EnrollDetails & {
      speakerId: SpeakerId;
      /** 1..10 */
      audio: readonly LineAudio[];
      force?: boolean | undefined;
      channel?: number | undefined;
    })
  | { problem: Failure };

type Needs = Pick<Services, "backgroundTasks" | "clock" | "jobs" | "random">;
type Wanted =
  | { kind: "enroll-batch"; lines: readonly ManifestLine[] }
  | { kind: "re-embed" }
  | { kind: "refresh-statistics" };

/** Notes the job; it is worked off in the background. Kept for 30 days. throws `validation-failed` without or with too many lines */
export async function startJob(
  services: Needs,
  input: { registryId: RegistryId } & Wanted,
): Promise<JobView> {
  const { registryId, kind } = input;
  const jobId = makeId("job", services.random.bytes(16));
  const lines = kind === "enroll-batch" ? input.lines : undefined;
  if (lines && (lines.length < 1 || lines.length > MOST_LINES))
    throw new AppError("validation-failed", `A manifest has 1 to ${MOST_LINES} lines, not ${lines.length}.`);
  if (lines) await services.jobs.putManifest(registryId, jobId, encodeManifest(lines));
  const now = services.clock.now();
  const job: Job = {
    registryId,
    jobId,
    kind,
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
  return viewOf(job);
}

/** A page of results; `after` is the last line of the page before. throws `job-not-found` */
export async function readJob(
  { jobs }: Pick<Services, "jobs">,
  input: { registryId: RegistryId; jobId: JobId; after?: number | undefined; limit: number },
): Promise<{ job: JobView; results: readonly JobResultView[]; next: number | undefined }> {
  const { registryId, jobId, after = 0, limit } = input;
  const job = await jobs.get(registryId, jobId);
  if (!job) throw new AppError("job-not-found", "No such job; jobs are kept for 30 days.");
  const results = await jobs.results(registryId, jobId, after, limit);
  const last = results.at(-1)?.line;
  const next = last !== undefined && last < job.done ? last : undefined;
  return { job: viewOf(job), results: results.map(resultView), next };
}

/** Those that are not done. */
export async function unfinishedJobs(
  { jobs }: Pick<Services, "jobs">,
  { registryId }: { registryId: RegistryId },
): Promise<readonly JobView[]> {
  const ids = await jobs.unfinished(registryId);
  const found = await Promise.all(ids.map((jobId) => jobs.get(registryId, jobId)));
  return found.filter((job) => job !== undefined).map(viewOf);
}

const resultView = ({ line, speakerId, clips, problem }: JobResult): JobResultView => ({
  line,
  speaker: speakerId ?? null,
  status: problem ? "failed" : "done",
  clips,
  problem: problem ?? null,
});

const viewOf = ({ jobId, version: _version, tries: _tries, after: _after, ...job }: Job): JobView => ({
  ...job,
  id: jobId,
  total: job.total ?? null,
});

const encodeManifest = (lines: readonly ManifestLine[]): Uint8Array =>
  new TextEncoder().encode(lines.map((line) => JSON.stringify(line)).join("\n"));

/** What `startJob` has put there. */
export const decodeManifest = (bytes: Uint8Array): ManifestLine[] =>
  new TextDecoder()
    .decode(bytes)
    .split("\n")
    .map((line) => JSON.parse(line) as ManifestLine);
