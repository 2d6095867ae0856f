import { type JobId, type KeyId, makeId, type RegistryId } from "../../id.ts";
import type { RequestAttempt } from "../../ports/decision.ts";
import type {
  CalibrationSettings,
  CohortSettings,
  DiarizationSettings,
  Job,
  VoiceIdSettings,
} from "../../ports/job.ts";
import type { Services } from "../../ports/services.ts";
import type { JobView } from "../../schema/job.ts";
import type { ListedTrial } from "../calibration/listed-trials.ts";
import { type Batch, storeBatch } from "./batch-lines.ts";
import { type CohortLine, encodeManifest } from "./lines.ts";
import { jobView } from "./view.ts";

const KEPT_MS = 30 * 86_400_000;

type Needs = Pick<Services, "backgroundTasks" | "clock" | "jobs" | "random" | "uriFiles">;
/** Who starts a job, in which registry. */
export type JobStart = {
  registryId: RegistryId;
  keyId?: KeyId | undefined;
  attempt?: RequestAttempt | undefined;
};
type JobInput =
  | { kind: "re-embed" }
  | { kind: "refresh-statistics" }
  | ({ kind: "enroll-batch" } & (Batch | { voiceId: VoiceIdSettings }))
  | { kind: "calibrate"; calibration: CalibrationSettings; lines?: readonly ListedTrial[] | undefined }
  | { kind: "diarize"; diarization: DiarizationSettings }
  | { kind: "build-cohort"; cohort: CohortSettings; lines: readonly CohortLine[] };

/**
 * Stores a job and queues it as a background task. Jobs are deleted after 30 days. A repeated
 * request gets the job that an earlier attempt has stored.
 *
 * throws `validation-failed` for a manifest without lines or with too many; `file-not-allowed` for
 *        one at a URI that jobs may not read
 */
export async function startJob(services: Needs, input: JobStart & JobInput): Promise<JobView> {
  const { registryId, keyId, kind } = input;
  const { jobId, stored } = await placeOf(services, input);
  if (stored) {
    await services.backgroundTasks.add({ kind: "job", registryId, jobId });
    return jobView(stored);
  }
  const isStored = input.kind === "enroll-batch" && !("voiceId" in input);
  const batch = isStored ? await storeBatch(services, { registryId, jobId }, input) : {};
  const lines = input.kind !== "enroll-batch" && "lines" in input ? input.lines : undefined;
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
    voiceId: "voiceId" in input ? input.voiceId : undefined,
    state: "waiting",
    total: lines?.length,
    ...batch,
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
