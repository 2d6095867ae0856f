import { getPriority, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import type { DiarizeInput, DiarizeMessage } from "./diarize-thread.ts";
import { loadModel } from "./load.ts";
import { failureFrom } from "./threads.ts";

// A thread that diarizes one recording.
if (!parentPort) throw new RangeError("diarize-worker.ts runs as a worker thread");
const port = parentPort;
const send = (message: DiarizeMessage) => port.postMessage(message);
// On Linux this applies to the calling thread alone. Clips that a request waits for come first.
const NICER_BY = 8;
if (process.platform === "linux") setPriority(0, Math.min(getPriority(0) + NICER_BY, 19));

const { folder, recording } = workerData as DiarizeInput;
try {
  const model = await loadModel(folder);
  const onProgress = (done: number, total: number) => send({ progress: [done, total] });
  send({ diarized: await model.diarize(recording, { onProgress }) });
  await model.release();
} catch (error) {
  send({ failure: failureFrom(error) });
}
