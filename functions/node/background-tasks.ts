import { Worker } from "node:worker_threads";
import { type Observers, runBackgroundTask } from "../../lib/domain/job/background-task.ts";
import type { BackgroundTask } from "../../lib/ports/background-task.ts";
import type { Model } from "../../lib/ports/model.ts";
import type { Services } from "../../lib/ports/services.ts";
import type { Calibration, Cohort } from "../../lib/score/scoring/types.ts";
import { currentSpan } from "../../lib/span.ts";
import { parseLine } from "../http/body/manifest.ts";

/** What functions/local-jobs.ts gets when it starts. The model isn't loaded again. */
export type ThreadInput = {
  folder: string;
  backgroundTask: BackgroundTask;
  model: Model;
  cohort: Cohort;
  calibration: Calibration;
};
/** What it sends. */
export type ThreadMessage = { add: BackgroundTask } | { report: string };

const SCRIPT = new URL("../local-jobs.ts", import.meta.url);
/** How long a thread has to stop before it is ended. Its job starts again at the next start. */
const STOP_MS = 1000;

/**
 * Returns what runs the background tasks of a server. A calibration computes for seconds, so its
 * job runs in a thread with its own connection to the store in `folder`.
 *
 * folder  undefined: the store isn't a folder, and a calibration runs in this thread
 */
export function backgroundTaskRunner(
  services: Services,
  { folder, ...observers }: { folder: string | undefined; report: (error: unknown) => void } & Observers,
): (backgroundTask: BackgroundTask, signal: AbortSignal) => Promise<void> {
  return async (backgroundTask, signal) => {
    if (folder === undefined || !(await isCalibration(services, backgroundTask)))
      return runBackgroundTask({ ...services, parseLine }, backgroundTask, signal, observers);
    // The thread doesn't measure itself.
    currentSpan()?.set({ "voiceroll.job.kind": "calibrate" });
    const { model } = services.embedder;
    const input: ThreadInput = {
      folder,
      backgroundTask,
      model,
      cohort: await services.cohorts.bundled(model.modelId),
      calibration: await services.calibrations.bundled(model.modelId),
    };
    await inThread(input, signal, async (message) => {
      if ("report" in message) observers.report(message.report);
      else await services.backgroundTasks.add(message.add);
    });
  };
}

async function isCalibration(
  { jobs }: Pick<Services, "jobs">,
  backgroundTask: BackgroundTask,
): Promise<boolean> {
  if (backgroundTask.kind !== "job") return false;
  return (await jobs.get(backgroundTask.registryId, backgroundTask.jobId))?.kind === "calibrate";
}

/** Resolves when the thread has ended; rejects with the error that ended it. */
function inThread(
  workerData: ThreadInput,
  signal: AbortSignal,
  receive: (message: ThreadMessage) => Promise<void>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(SCRIPT, { workerData });
    const stop = () => {
      worker.postMessage("stop");
      setTimeout(() => worker.terminate(), STOP_MS).unref();
    };
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
    worker.on("message", (message: ThreadMessage) => receive(message).catch(reject));
    worker.on("error", reject);
    worker.on("exit", () => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
  });
}
