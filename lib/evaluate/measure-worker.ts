import { parentPort } from "node:worker_threads";
import { type MeasureJob, measureJob } from "./measure-job.ts";

if (!parentPort) throw new RangeError("measure-worker.ts runs as a worker thread");
const port = parentPort;
port.on("message", (job: MeasureJob) => {
  port.postMessage(measureJob(job));
});
