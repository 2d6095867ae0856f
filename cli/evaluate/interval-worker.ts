import { parentPort } from "node:worker_threads";
import type { IntervalJob } from "./interval-pool.ts";
import { intervalsOf } from "./intervals.ts";

if (!parentPort) throw new RangeError("interval-worker.ts runs as a worker thread");
const port = parentPort;
port.on("message", ({ trials, replicates }: IntervalJob) => {
  port.postMessage(intervalsOf(trials, replicates));
});
