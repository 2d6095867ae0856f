import { AppError } from "../../error.ts";
import type { CalibrationSettings, Job, JobOutcome } from "../../ports/job.ts";
import type { JobView } from "../../schema/job.ts";
import { record } from "../audit/record.ts";
import { activateFitted } from "../calibration/calibrate.ts";
import { fitCalibration } from "../calibration/fit.ts";
import type { ListedTrial } from "../calibration/listed-trials.ts";
import { cohortNamed } from "../cohort/named.ts";
import { type JobStart, startJob } from "./job.ts";
import { decodeManifest, type TrialLine } from "./lines.ts";
import type { JobNeeds, StepContext } from "./needs.ts";
import { wholeJobStep } from "./whole-job.ts";

/** How often to store progress while a calibration is fitted. */
const PROGRESS_MS = 1000;

/**
 * Starts a job that fits a calibration.
 *
 * trials  for `from: "trials"`
 * throws  `cohort-not-found`, `cohort-mismatch` or `cohort-too-small` for a cohort that can't be
 *         measured with
 */
export async function startCalibration(
  services: JobNeeds,
  input: JobStart & { calibration: CalibrationSettings; trials?: readonly ListedTrial[] | undefined },
): Promise<JobView> {
  const { trials, ...start } = input;
  const { cohort } = input.calibration;
  if (cohort) await cohortNamed(services, input.registryId, cohort);
  return startJob(services, { kind: "calibrate", ...start, lines: trials });
}

/** Fits the calibration of a job, stores it and activates it if the job says so. */
export function calibrationStep(services: JobNeeds, job: Job, context: StepContext): Promise<void> {
  const { registryId, keyId, jobId, calibration: settings } = job;
  if (!settings) throw new RangeError(`${jobId} has no settings`);
  const { cohort, activate } = settings;
  return wholeJobStep(services, job, {
    ...context,
    make: () => fitted(services, job, { ...context, settings }),
    async settle(outcome) {
      if (!activate || !("calibrationId" in outcome)) return undefined;
      const { calibrationId } = outcome;
      await activateFitted(services, { registryId, cohort, calibrationId });
      const details = { job: jobId, calibration: calibrationId, ...(cohort ? { cohort } : {}) };
      await record(services, { registryId, keyId, operation: "activateCalibration", details }, "done");
      return undefined;
    },
  });
}

/** Undefined if the process is closing. */
async function fitted(
  services: JobNeeds,
  { registryId, jobId }: Job,
  { settings, save, signal }: StepContext & { settings: CalibrationSettings },
): Promise<JobOutcome | undefined> {
  const { from, cohort, defaultFar, decisions } = settings;
  const trials = from === "trials" ? await trialsOf(services, { registryId, jobId }) : undefined;
  let saved = -PROGRESS_MS;
  const onProgress = async (stage: Job["stage"], done: number, total: number) => {
    signal?.throwIfAborted();
    const now = services.clock.monotonic();
    if (done < total && now - saved < PROGRESS_MS) return;
    saved = now;
    await save({ stage, done, total });
  };
  try {
    const input = { registryId, cohort, defaultFar, decisions, trials, onProgress };
    const { record, suspects } = await fitCalibration(services, input);
    return { calibrationId: record.calibration.id, suspects };
  } catch (error) {
    if (signal?.aborted && error === signal.reason) return undefined;
    throw error;
  }
}

async function trialsOf(
  services: Pick<JobNeeds, "jobs">,
  { registryId, jobId }: Pick<Job, "jobId" | "registryId">,
): Promise<ListedTrial[]> {
  const bytes = await services.jobs.manifest(registryId, jobId);
  if (!bytes) throw new RangeError(`the trials of ${jobId} are missing`);
  return decodeManifest<TrialLine>(bytes).map((line) => {
    if ("problem" in line) throw new AppError(line.problem.slug, line.problem.detail);
    return line;
  });
}
