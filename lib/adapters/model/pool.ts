import "./no-telemetry.ts";
import { Worker } from "node:worker_threads";
import type { ClipInput } from "../../audio/types.ts";
import { AppError, type Slug } from "../../error.ts";
import type { ClipEmbedding, Embedder, EmbedOptions } from "../../ports/model.ts";

export type Job = { id: number } & (
  | { kind: "embed"; clip: ClipInput; options: EmbedOptions }
  | { kind: "check" }
);
/** id -1: the worker has loaded its model, or has failed to. */
export type Answer = {
  id: number;
  embedded?: ClipEmbedding;
  failure?: { slug: Slug | undefined; detail: string };
};

type Task = {
  job: Job;
  resolve(embedded: ClipEmbedding | undefined): void;
  reject(error: Error): void;
};

const failureOf = ({ slug, detail }: NonNullable<Answer["failure"]>) =>
  slug ? new AppError(slug, detail) : new Error(detail);

/**
 * `size` threads, each with the model loaded, that take clips from one queue, first come first served.
 * A thread that dies (out of memory, a fault in native code) fails the clip it had and is replaced.
 * Resolves when the first thread is ready; rejects with what kept it from loading.
 */
export async function workerPool(folder: string, size: number): Promise<Omit<Embedder, "model">> {
  const queue: Task[] = [];
  const idle: Worker[] = [];
  const busy = new Map<Worker, Task>();
  const threads = new Set<Worker>();
  let closed = false;

  const pump = () => {
    while (queue.length > 0 && idle.length > 0) {
      const worker = idle.shift();
      const task = queue.shift();
      if (!worker || !task) return;
      busy.set(worker, task);
      worker.postMessage(task.job);
    }
  };

  const start = (): Promise<void> =>
    new Promise((ready, failed) => {
      const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: { folder } });
      threads.add(worker);
      worker.unref();
      worker.on("message", (answer: Answer) => {
        if (answer.id === -1 && answer.failure) return failed(failureOf(answer.failure));
        if (answer.id === -1) ready();
        else settle(worker, answer);
        idle.push(worker);
        pump();
      });
      worker.on("error", failed);
      worker.on("exit", () => {
        threads.delete(worker);
        idle.splice(0, idle.length, ...idle.filter((other) => other !== worker));
        busy.get(worker)?.reject(new Error("the embedding thread ended unexpectedly"));
        // Only a thread that was at work is replaced: one that cannot load would be replaced for ever.
        if (busy.delete(worker) && !closed) start().catch(() => undefined);
      });
    });

  const settle = (worker: Worker, answer: Answer) => {
    const task = busy.get(worker);
    busy.delete(worker);
    if (answer.failure) task?.reject(failureOf(answer.failure));
    else task?.resolve(answer.embedded);
  };

  let nextId = 0;
  type Order = { kind: "embed"; clip: ClipInput; options: EmbedOptions } | { kind: "check" };
  const submit = (order: Order) =>
    new Promise<ClipEmbedding | undefined>((resolve, reject) => {
      if (closed || threads.size === 0)
        return reject(new AppError("model-unavailable", "No embedding thread runs."));
      queue.push({ job: { id: nextId++, ...order }, resolve, reject });
      pump();
    });

  // The other threads may finish loading while the first already works.
  const started = Array.from({ length: size }, start);
  for (const thread of started) thread.catch(() => undefined);
  await Promise.any(started).catch((error: AggregateError) => {
    throw error.errors[0];
  });

  return {
    async embed(clip, options = {}) {
      const embedded = await submit({ kind: "embed", clip, options });
      if (!embedded) throw new RangeError("a clip was answered without a result");
      return embedded;
    },
    check: async () => {
      await submit({ kind: "check" });
    },
    async close() {
      closed = true;
      for (const task of queue.splice(0)) task.reject(new Error("the embedder is closed"));
      await Promise.all([...threads].map((worker) => worker.terminate()));
    },
  };
}
