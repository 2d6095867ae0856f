import { AppError } from "../../error.ts";
import type { JobId, RegistryId } from "../../id.ts";
import type { Job, JobResult } from "../../ports/job.ts";
import type { ApiKey } from "../../ports/registry.ts";
import { currentSpan } from "../../span.ts";
import { record } from "../audit/record.ts";
import { refreshStatistics } from "../cohort/refresh-statistics.ts";
import { isContention } from "../commit.ts";
import { failureOf } from "../failure.ts";
import { withAudioQuota } from "../registry/audio-quota.ts";
import { requireStillAllowed } from "../registry/still-allowed.ts";
import { lineReader, removeLines } from "./batch-lines.ts";
import { calibrationStep } from "./calibration-job.ts";
import { cohortStep } from "./cohort-job.ts";
import { diarizationStep } from "./diarization-job.ts";
import type { ManifestLine } from "./lines.ts";
import type { JobNeeds, Save, StepContext } from "./needs.ts";
import { putJob } from "./put.ts";
import { readManifestPart } from "./read-manifest.ts";
import { reembedNext } from "./reembed-next.ts";
import { resultStatus } from "./view.ts";
import { enrollRequest } from "./voice-id-line.ts";
import { readVoiceIdManifest } from "./voice-id-lines.ts";

/** How long to work on one job before other tasks get their turn. */
const TURN_MS = 10_000;

/**
 * Resumes a job and works on it for a while. The process may be killed at any point, and two
 * workers may run the same job: each line still gets one result, in line order, and is enrolled
 * once.
 *
 * Stops while the registry is suspended or the audio quota of the API key that started it is used
 * up. Ends the job with a problem if that key was revoked.
 *
 * report   called for internal errors that don't stop the job
 * returns  "more" if work remains and no other worker has taken over
 * throws   temporary failures; then run the job again
 */
export async function workOnJob(
  services: JobNeeds,
  input: {
    registryId: RegistryId;
    jobId: JobId;
    signal?: AbortSignal | undefined;
    report?: ((error: unknown) => void) | undefined;
  },
): Promise<"more" | "over"> {
  const found = await services.jobs.get(input.registryId, input.jobId);
  if (!found || found.state === "done") return "over";
  currentSpan()?.set({ "voiceroll.job.kind": found.kind });
  let job: Job = found;
  let overtaken = false;
  const save: Save = async (change, result) => {
    const counts = result && {
      done: job.done + 1,
      succeeded: job.succeeded + (resultStatus(result) === "done" ? 1 : 0),
      failed: job.failed + (resultStatus(result) === "done" ? 0 : 1),
      tries: 0,
    };
    const updatedAt = services.clock.now().toISOString();
    const next: Job = { ...job, state: "running", ...counts, ...change, updatedAt, version: job.version + 1 };
    try {
      await putJob(services, next, result && { ...result, line: job.done + 1 });
    } catch (error) {
      overtaken = isContention(error);
      throw error;
    }
    job = next;
  };
  const { signal, report } = input;
  const until = services.clock.monotonic() + TURN_MS;
  const isOver = () => signal?.aborted === true || services.clock.monotonic() >= until;
  const step = await stepOf(services, job, { save, isOver, signal, report });
  try {
    while (job.state !== "done") {
      if (isOver()) return "more";
      if (isCanceledAt(job)) {
        await removeLines(services, job);
        await save({ state: "done", tries: 0, manifest: undefined });
        continue;
      }
      const key = await requireStillAllowed(services, job);
      await step(withAudioQuota(services, key), job, key);
    }
  } catch (error) {
    // A request that canceled the job was faster. Nothing else may be left to end it.
    if (overtaken) return (await isEnding(services, job)) ? "more" : "over";
    if (!(error instanceof AppError)) throw error;
    // The hourly background tasks resume the job of a registry that isn't suspended anymore, or of
    // a key that may send audio again.
    if (error.slug === "tenant-suspended" || error.slug === "quota-exceeded") return "over";
    if (error.slug !== "unauthorized") throw error;
    await removeLines(services, job);
    await save({ state: "done", problem: failureOf(error), manifest: undefined });
  }
  return "over";
}

/**
 * Whether a canceled job can end here. A line that an earlier worker has begun may be enrolled
 * already, and an outcome that is stored takes effect: both are finished first.
 */
const isCanceledAt = ({ canceled, kind, tries, outcome }: Job): boolean =>
  canceled === true && outcome === undefined && !(kind === "enroll-batch" && tries > 0);

async function isEnding({ jobs }: Pick<JobNeeds, "jobs">, { registryId, jobId }: Job): Promise<boolean> {
  const job = await jobs.get(registryId, jobId);
  return job?.canceled === true && job.state !== "done";
}

/**
 * The step gets services that count the audio it embeds for the key that started the job, and that
 * key.
 */
type Step = (metered: JobNeeds, job: Job, key: ApiKey | undefined) => Promise<void>;

async function stepOf(
  services: JobNeeds,
  { kind, registryId, total, voiceId }: Job,
  context: StepContext,
): Promise<Step> {
  const { save, signal, report } = context;
  if (kind === "calibrate") return (metered, job) => calibrationStep(metered, job, context);
  if (kind === "diarize") return (metered, job) => diarizationStep(metered, job, context);
  if (kind === "build-cohort") return (metered, job) => cohortStep(metered, job, context);
  // Stored recordings were counted when they arrived.
  if (kind === "re-embed") return (_metered, job) => reembedNext(services, job, save);
  if (kind === "refresh-statistics")
    return async () => {
      const refreshed = await refreshStatistics(services, { registryId, signal });
      if (!signal?.aborted) await save({ state: "done", succeeded: refreshed });
    };
  if (voiceId && total === undefined) return (metered, job) => readVoiceIdManifest(metered, job, { save });
  const lineAfter = lineReader(services);
  return async (metered, job, key) =>
    job.manifest
      ? readManifestPart(metered, job, { save, key })
      : nextLine(metered, job, await lineAfter(job), { save, report });
}

async function nextLine(
  services: JobNeeds,
  job: Job,
  line: ManifestLine | undefined,
  { save, report }: Pick<StepContext, "report" | "save">,
): Promise<void> {
  if (!line) {
    // The manifest may hold audio, so a finished job must not keep it.
    await removeLines(services, job);
    return save({ state: "done" });
  }
  const { result, settle } = await enrollRequest(services, job, line, { save, report });
  await recordLine(services, job, line, result);
  await save({}, result);
  await settle();
}

/**
 * Records a line before its result is stored: after a crash, a line can have two entries but not
 * none.
 */
function recordLine(
  services: JobNeeds,
  { registryId, keyId, jobId, done }: Job,
  line: ManifestLine,
  { speakerId, clips, problem }: Omit<JobResult, "line">,
): Promise<void> {
  const forced = "force" in line && line.force ? { force: true } : {};
  const details = { job: jobId, line: done + 1, clips: clips.length, ...forced };
  const act = { registryId, keyId, operation: "enroll", speakerId, details };
  return record(services, act, problem?.slug ?? "done");
}
