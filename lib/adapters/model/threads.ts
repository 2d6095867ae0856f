import "./no-telemetry.ts";
import { Worker } from "node:worker_threads";
import type { ClipInput, Piece, Recording } from "../../audio/types.ts";
import { AppError, type Slug } from "../../error.ts";
import type { ClipEmbedding, EmbedOptions, HeardFrames } from "../../ports/model.ts";
import type { PartFolders } from "./part.ts";

export type Order =
  | { kind: "embed"; clip: ClipInput; options: EmbedOptions }
  | { kind: "cut"; recording: Recording; piece: Piece | undefined }
  | { kind: "hear"; samples: Float32Array }
  | { kind: "check" };
export type Job = Order & { id: number };
/** id -1: the worker has loaded its model, or has failed to. */
export type Answer = {
  id: number;
  embedded?: ClipEmbedding;
  clip?: ClipInput;
  heard?: HeardFrames;
  failure?: { slug: Slug | undefined; detail: string };
};

/**
 * A replacement that cannot load is tried again after this long, doubling up to the longest wait.
 */
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;

/**
 * Memory for young objects, MB. A clip's samples and features are outside of V8's heap, so little
 * of it is needed.
 */
const YOUNG_MB = 6;

const WORKER = new URL("./worker.ts", import.meta.url);

/** What a thread loads: a model and the installed parts. */
export type Loading = { folder: string; parts: PartFolders };

export type Thread = { post(job: Job): void };

type Events = {
  /** The thread has loaded its model, or has answered its job, and takes the next one. */
  idle(thread: Thread): void;
  answered(thread: Thread, answer: Answer): void;
  /** The thread has ended, with or without a job. */
  ended(thread: Thread): void;
};

export const errorOf = ({ slug, detail }: NonNullable<Answer["failure"]>): Error =>
  slug ? new AppError(slug, detail) : new Error(detail);

export function failureFrom(error: unknown): NonNullable<Answer["failure"]> {
  if (error instanceof AppError) return { slug: error.slug, detail: error.message };
  return { slug: undefined, detail: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

/**
 * Keeps `size` threads with the model loaded. A thread that ends is replaced; a replacement that
 * cannot load is tried again until the threads are closed.
 *
 * script  what each thread runs: it posts an `Answer` with id -1 once it has loaded, then one for
 * each `Job`
 */
export function embeddingThreads(loading: Loading, size: number, events: Events, script = WORKER) {
  const loaded = new Set<Worker>();
  const workers = new Set<Worker>();
  const retries = new Set<NodeJS.Timeout>();
  let closed = false;

  const replace = (waitMs: number) => {
    const timer = setTimeout(() => {
      retries.delete(timer);
      start().catch(() => replace(Math.min(2 * waitMs, LONGEST_RETRY_MS)));
    }, waitMs).unref();
    retries.add(timer);
  };

  /** Resolves once the model is loaded; rejects with what kept it from loading. */
  const start = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(script, {
        workerData: loading,
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
      });
      const thread: Thread = { post: (job) => worker.postMessage(job) };
      workers.add(worker);
      worker.unref();
      worker.on("message", (answer: Answer) => {
        if (answer.id >= 0) events.answered(thread, answer);
        else if (answer.failure) return reject(errorOf(answer.failure));
        else {
          loaded.add(worker);
          resolve();
        }
        events.idle(thread);
      });
      worker.on("error", reject);
      worker.on("exit", () => {
        workers.delete(worker);
        reject(new Error("the embedding thread ended while it loaded the model"));
        events.ended(thread);
        if (loaded.delete(worker) && !closed) start().catch(() => replace(FIRST_RETRY_MS));
      });
    });

  return {
    /** Threads that have loaded their model. */
    get ready() {
      return loaded.size;
    },
    /**
     * Resolves when the first thread is ready; the others may finish loading while it already
     * works.
     */
    async start(): Promise<void> {
      const started = Array.from({ length: size }, start);
      for (const one of started) one.catch(() => undefined);
      await Promise.any(started).catch((error: AggregateError) => {
        throw error.errors[0];
      });
    },
    async close(): Promise<void> {
      closed = true;
      for (const timer of retries) clearTimeout(timer);
      await Promise.all([...workers].map((worker) => worker.terminate()));
    },
  };
}
