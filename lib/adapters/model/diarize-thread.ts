import { Worker } from "node:worker_threads";
import type { Recording } from "../../audio/types.ts";
import type { DiarizedRecording, Embedder } from "../../ports/model.ts";
import { type Answer, errorOf } from "./threads.ts";

const SCRIPT = new URL("./diarize-worker.ts", import.meta.url);

export type DiarizeInput = { folder: string; recording: Recording };
export type DiarizeMessage =
  | { progress: [done: number, total: number] }
  | { diarized: DiarizedRecording }
  | { failure: NonNullable<Answer["failure"]> };

/**
 * Returns what diarizes recordings in a thread of its own, with its own copy of the model: an hour
 * takes a minute or more, and requests with clips must not wait for it. An aborted signal ends the
 * thread.
 */
export const threadDiarizer =
  (folder: string): Embedder["diarize"] =>
  (recording, { signal, onProgress } = {}) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const worker = new Worker(SCRIPT, { workerData: { folder, recording } satisfies DiarizeInput });
      const end = (error: unknown) => {
        reject(error);
        worker.terminate();
      };
      const stop = () => end(signal?.reason);
      signal?.addEventListener("abort", stop);
      worker.on("message", (message: DiarizeMessage) => {
        if ("failure" in message) reject(errorOf(message.failure));
        else if ("diarized" in message) resolve(message.diarized);
        else Promise.resolve(onProgress?.(...message.progress)).catch(end);
      });
      worker.on("error", reject);
      worker.on("exit", () => {
        signal?.removeEventListener("abort", stop);
        reject(new Error("the diarizing thread ended unexpectedly"));
      });
    });
