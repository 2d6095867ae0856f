import { getPriority, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { loadModel } from "./load.ts";
import { type Answer, failureFrom, type Job, type Loading } from "./threads.ts";

// An embedding thread. onnxruntime's run() blocks the thread that calls it, so it must not run in
// the server's.
if (!parentPort) throw new RangeError("worker.ts runs as a worker thread");
const port = parentPort;
// On Linux this applies to the calling thread alone. The server's thread then answers, or refuses,
// requests while clips are embedded on the same cores.
const NICER_BY = 3;
if (process.platform === "linux") setPriority(0, Math.min(getPriority(0) + NICER_BY, 19));
const { folder, parts } = workerData as Loading;
const loaded = await loadModel(folder, { spoof: parts.spoof }).catch((error: unknown) => {
  port.postMessage({ id: -1, failure: failureFrom(error) } satisfies Answer);
  return undefined;
});

async function work(job: Job): Promise<Answer> {
  try {
    if (!loaded) throw new RangeError("no model");
    if (job.kind === "check") {
      await loaded.check();
      return { id: job.id };
    }
    if (job.kind === "hear") return { id: job.id, heard: await loaded.hear(job.samples) };
    if (job.kind === "cut") return { id: job.id, clip: await loaded.cut(job.recording, job.piece) };
    return { id: job.id, embedded: await loaded.embed(job.clip, job.options) };
  } catch (error) {
    return { id: job.id, failure: failureFrom(error) };
  }
}

if (loaded) {
  port.on("message", async (job: Job) => port.postMessage(await work(job)));
  port.postMessage({ id: -1 } satisfies Answer);
}
