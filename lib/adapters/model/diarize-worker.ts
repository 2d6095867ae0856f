import { once } from "node:events";
import { getPriority, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import type { WhoIsWho } from "../../ports/model.ts";
import type { DiarizeAnswer, DiarizeInput, DiarizeMessage } from "./diarize-thread.ts";
import { loadModel } from "./load.ts";
import { failureFrom } from "./threads.ts";

// A thread that diarizes one recording.
if (!parentPort) throw new RangeError("diarize-worker.ts runs as a worker thread");
const port = parentPort;
const send = (message: DiarizeMessage) => port.postMessage(message);
// On Linux this applies to the calling thread alone. Clips that a request waits for come first.
const NICER_BY = 8;
if (process.platform === "linux") setPriority(0, Math.min(getPriority(0) + NICER_BY, 19));

const { folder, parts, recording, asks, lasting } = workerData as DiarizeInput;
const exchange = async (message: DiarizeMessage): Promise<DiarizeAnswer> => {
  const answer = once(port, "message");
  send(message);
  return (await answer)[0];
};
const ask: WhoIsWho = async (voices) => {
  let answer = await exchange({ probes: voices.map(({ probe }) => probe) });
  while ("piecesOf" in answer)
    answer = await exchange({ pieces: (await voices[answer.piecesOf]?.pieces()) ?? [] });
  return answer.people;
};
try {
  const model = await loadModel(folder, { segmentation: parts.segmentation });
  const onProgress = (done: number, total: number) => send({ progress: [done, total] });
  const whoIsWho = asks ? ask : undefined;
  send({ diarized: await model.diarize(recording, { onProgress, whoIsWho, lasting }) });
  await model.release();
} catch (error) {
  send({ failure: failureFrom(error) });
}
