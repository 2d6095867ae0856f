import { getPriority, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { localServices } from "../lib/adapters/local/services.ts";
import { callsWithoutNetwork } from "../lib/adapters/model/no-model.ts";
import { runBackgroundTask } from "../lib/domain/job/background-task.ts";
import type { Services } from "../lib/ports/services.ts";
import type { ThreadInput, ThreadMessage } from "./node/background-tasks.ts";

// A thread of the server that runs one background task, which embeds no clip.
if (!parentPort) throw new RangeError("local-jobs.ts runs as a worker thread");
const port = parentPort;
// On Linux this applies to the calling thread alone: requests come before background tasks.
const NICER_BY = 5;
if (process.platform === "linux") setPriority(0, Math.min(getPriority(0) + NICER_BY, 19));

const { folder, backgroundTask, model, cohort, calibration } = workerData as ThreadInput;
const send = (message: ThreadMessage) => port.postMessage(message);
const stopping = new AbortController();
port.once("message", () => stopping.abort());
port.unref();

const services = localServices(folder, {
  embedder: { model, ...callsWithoutNetwork(new RangeError("this thread has no network")) },
  cohorts: { bundled: async () => cohort },
  calibrations: { bundled: async () => calibration },
});
// The server's queue runs the tasks that this one adds.
const backgroundTasks: Services["backgroundTasks"] = {
  ...services.backgroundTasks,
  add: async (added) => send({ add: added }),
};
try {
  const report = (error: unknown) => send({ report: String(error) });
  await runBackgroundTask({ ...services, backgroundTasks }, backgroundTask, stopping.signal, { report });
} finally {
  await services.close();
}
