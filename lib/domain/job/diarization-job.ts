import type { DiarizationSettings, Job, JobOutcome } from "../../ports/job.ts";
import type { JobView } from "../../schema/job.ts";
import { diarize } from "../decision/diarize.ts";
import { farOf } from "../decision/record.ts";
import { withKeptStrangers } from "../people/keep.ts";
import { openSearch } from "../registry/misses.ts";
import { readRegistry } from "../registry/registry.ts";
import { scoringSetup } from "../scoring/setup.ts";
import { requireGroup } from "../speaker/group.ts";
import { holdRecording, releaseUpload, requireRecording } from "../upload/use.ts";
import { type JobStart, startJob } from "./job.ts";
import type { JobNeeds, StepContext } from "./needs.ts";
import { wholeJobStep } from "./whole-job.ts";

/** How often to store progress. */
const PROGRESS_MS = 1000;

/**
 * Starts a job that finds out who speaks when in an uploaded recording.
 *
 * throws  `upload-not-found`, `unsupported-media-type`, `group-not-found`;
 *         `identify-attempts-exhausted` during a pause; `insufficient-scope` for a false-accept
 *         rate that the caller may not choose
 */
export async function startDiarization(
  services: JobNeeds,
  input: JobStart & { diarization: DiarizationSettings },
): Promise<JobView> {
  const { registryId, keyId, diarization } = input;
  const { upload: uploadId, group: groupId, callerId } = diarization;
  await requireRecording(services, { registryId, uploadId });
  if (groupId) await requireGroup(services, { registryId, groupId });
  const registry = await readRegistry(services, registryId);
  await openSearch(services, registry, keyId && { keyId, callerId });
  farOf(diarization, registry, await scoringSetup(services, registryId));
  return startJob(services, { kind: "diarize", ...input });
}

/** Diarizes the recording of a job. The upload can be used again afterwards. */
export function diarizationStep(services: JobNeeds, job: Job, context: StepContext): Promise<void> {
  return wholeJobStep(services, job, {
    ...context,
    make: () => diarized(services, job, context),
    settle: (outcome) => keptIn(services, job, outcome),
  });
}

/** Undefined if the process is closing. */
async function diarized(
  services: JobNeeds,
  { registryId, jobId, keyId, diarization: settings }: Job,
  { save, signal }: StepContext,
): Promise<JobOutcome | undefined> {
  if (!settings) throw new RangeError(`${jobId} has no settings`);
  const { upload: uploadId, channel, group: groupId, far, mayLoosen, callerId } = settings;
  const { recording, held } = await holdRecording(services, { registryId, uploadId, holder: jobId });
  let saved = -PROGRESS_MS;
  try {
    return await diarize(services, {
      ...{ groupId, far, mayLoosen, signal },
      registry: await readRegistry(services, registryId),
      recording: { ...recording, channel },
      caller: keyId && { keyId, callerId },
      async onProgress(stage, done, total) {
        const now = services.clock.monotonic();
        if (now - saved < PROGRESS_MS) return;
        saved = now;
        await save({ stage, done, total });
      },
    });
  } catch (error) {
    if (signal?.aborted && error === signal.reason) return undefined;
    throw error;
  } finally {
    await releaseUpload(services, held);
  }
}

/** Adds the strangers to the candidate voices. The job keeps their voices no longer than that. */
async function keptIn(
  services: JobNeeds,
  { registryId, jobId, diarization: settings }: Job,
  outcome: JobOutcome,
): Promise<JobOutcome | undefined> {
  if (!("diarization" in outcome) || !outcome.strangers || !settings) return undefined;
  const registry = await readRegistry(services, registryId);
  const { strangers, diarization } = outcome;
  const place = { registry, recording: settings.upload, jobId, strangers };
  return { diarization: await withKeptStrangers(services, diarization, place) };
}
