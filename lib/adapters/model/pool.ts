import { AppError, overloaded } from "../../error.ts";
import type { Embedder } from "../../ports/model.ts";
import { queuedPart } from "../../span.ts";
import { workContext } from "../../work-context.ts";
import { fairQueue } from "./fair-queue.ts";
import type { PartFolders } from "./part.ts";
import { type Answer, embeddingThreads, errorOf, type Job, type Order, type Thread } from "./threads.ts";

export type Pool = Omit<Embedder, "diarize" | "model" | "seconds">;

type Task = {
  job: Job;
  started(): void;
  resolve(answer: Answer): void;
  reject(error: Error): void;
};

/**
 * Clips that may wait for a thread. The server refuses requests long before
 * (functions/http/guard/admission.ts).
 */
const MOST_WAITING = 256;
/**
 * The result of a check is reused for this long, so that callers can't keep the threads busy with
 * checks.
 */
const CHECK_MS = 10_000;
/** The owner of work that no request waits for. */
const BACKGROUND = "background";

/**
 * `size` threads, each with the model loaded, take clips from one bounded queue in which the owners
 * take turns. A clip whose client has left, or whose deadline is over, leaves the queue
 * unprocessed. A thread that dies (out of memory, a fault in native code) fails the clip it had and
 * is replaced.
 *
 * Resolves when the first thread is ready; rejects with the error that kept it from loading.
 */
export async function workerPool(folder: string, size: number, parts: PartFolders = {}): Promise<Pool> {
  const queue = fairQueue<Task>(MOST_WAITING);
  const idle: Thread[] = [];
  const busy = new Map<Thread, Task>();
  let closed = false;
  let nextId = 0;

  const pump = () => {
    while (queue.size > 0) {
      const thread = idle.shift();
      if (!thread) return;
      const task = queue.shift();
      if (!task) return;
      busy.set(thread, task);
      task.started();
      thread.post(task.job);
    }
  };

  const finish = (thread: Thread): Task | undefined => {
    const task = busy.get(thread);
    busy.delete(thread);
    return task;
  };

  const threads = embeddingThreads({ folder, parts }, size, {
    idle(thread) {
      idle.push(thread);
      pump();
    },
    answered(thread, answer) {
      const task = finish(thread);
      if (answer.failure) task?.reject(errorOf(answer.failure));
      else task?.resolve(answer);
    },
    ended(thread) {
      const index = idle.indexOf(thread);
      if (index >= 0) idle.splice(index, 1);
      finish(thread)?.reject(new Error("the embedding thread ended unexpectedly"));
    },
  });

  const submit = (order: Order): Promise<Answer> => {
    if (closed || threads.ready === 0)
      return Promise.reject(new AppError("model-unavailable", "No embedding thread is running."));
    const { owner = BACKGROUND, signal } = workContext() ?? {};
    if (signal?.aborted) return Promise.reject(abandoned());
    return new Promise((resolve, reject) => {
      const part = queuedPart(order.kind);
      const task: Task = {
        job: { ...order, id: nextId++ },
        started: part.started,
        resolve: (answer) => {
          part.ended();
          signal?.removeEventListener("abort", leave);
          resolve(answer);
        },
        reject: (error) => {
          part.ended(error);
          signal?.removeEventListener("abort", leave);
          reject(error);
        },
      };
      const leave = () => {
        if (queue.remove(owner, task)) task.reject(abandoned());
      };
      if (!queue.push(owner, task)) return task.reject(overloaded());
      // Removed once the clip is done: a request with many clips must not hold all of them.
      signal?.addEventListener("abort", leave);
      pump();
    });
  };

  const check = sharedCheck(() => submit({ kind: "check" }));
  await threads.start();

  return {
    async embed(clip, options = {}) {
      const { embedded } = await submit({ kind: "embed", clip, options });
      if (!embedded) throw new RangeError("a clip was answered without a result");
      return embedded;
    },
    async cut(recording, piece) {
      const { clip } = await submit({ kind: "cut", recording, piece });
      if (!clip) throw new RangeError("a recording was answered without a clip");
      return clip;
    },
    async hear(samples) {
      const { heard } = await submit({ kind: "hear", samples });
      if (!heard) throw new RangeError("a piece of a stream was answered without a result");
      return heard;
    },
    async check() {
      if (threads.ready === 0) throw new AppError("model-unavailable", "No embedding thread is running.");
      await check();
    },
    async close() {
      closed = true;
      for (const task of queue.drain()) task.reject(new Error("the embedder is closed"));
      await threads.close();
    },
  };
}

/** Shares one check among all callers and reuses its result for `CHECK_MS`. */
function sharedCheck(run: () => Promise<unknown>): () => Promise<void> {
  let last: { startedMs: number; result: Promise<unknown>; settled: boolean } | undefined;
  return async () => {
    const now = performance.now();
    if (!last || (last.settled && now - last.startedMs > CHECK_MS)) {
      const current = { startedMs: now, result: run(), settled: false };
      const settle = () => {
        current.settled = true;
      };
      current.result.then(settle, settle);
      last = current;
    }
    await last.result;
  };
}

const abandoned = () =>
  new AppError("deadline-exceeded", "The request ended before its clip was processed. Send it again.");
