import { Worker } from "node:worker_threads";
import type { Recording } from "../../audio/types.ts";
import type { ClipEmbedding, DiarizedRecording, Embedder, WhoIsWho } from "../../ports/model.ts";
import { measured } from "../../span.ts";
import type { PartFolders } from "./part.ts";
import { type Answer, errorOf } from "./threads.ts";

const SCRIPT = new URL("./diarize-worker.ts", import.meta.url);

/**
 * Features of a long recording are garbage at once. With the usual 48 MB for it and copies of what
 * survives, the thread's heap would grow by 130 MB.
 */
const YOUNG_GENERATION = { maxYoungGenerationSizeMb: 6 };

export type DiarizeInput = {
  folder: string;
  parts: PartFolders;
  recording: Recording;
  /** Whether the thread asks who is who. */
  asks: boolean;
  /** Whether it embeds what may be kept of each voice. */
  lasting: boolean;
};
/** What the thread sends. `probes` and `pieces` get an answer. */
export type DiarizeMessage =
  | { probes: readonly ClipEmbedding[] }
  | { pieces: readonly ClipEmbedding[] }
  | { progress: [done: number, total: number] }
  | { diarized: DiarizedRecording }
  | { failure: NonNullable<Answer["failure"]> };
/** Who is who among the probes' voices, or the number of a voice whose pieces are needed first. */
export type DiarizeAnswer = { people: Awaited<ReturnType<WhoIsWho>> } | { piecesOf: number };

/**
 * Returns what diarizes recordings in a thread of its own, with its own copy of the model: an hour
 * takes a minute or more, and requests with clips must not wait for it. An aborted signal ends the
 * thread.
 */
export const threadDiarizer =
  (folder: string, parts: PartFolders): Embedder["diarize"] =>
  (recording, options) =>
    measured("diarize", () => inThread(folder, parts, recording, options));

const inThread = (
  folder: string,
  parts: PartFolders,
  recording: Recording,
  { signal, onProgress, whoIsWho, lasting = false }: Parameters<Embedder["diarize"]>[1] = {},
): Promise<DiarizedRecording> =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const input: DiarizeInput = { folder, parts, recording, asks: whoIsWho !== undefined, lasting };
    const worker = new Worker(SCRIPT, { workerData: input, resourceLimits: YOUNG_GENERATION });
    const end = (error: unknown) => {
      reject(error);
      worker.terminate();
    };
    const stop = () => end(signal?.reason);
    signal?.addEventListener("abort", stop);
    const answer = (message: DiarizeAnswer) => worker.postMessage(message);
    let takePieces: ((pieces: readonly ClipEmbedding[]) => void) | undefined;
    const request = (voice: number) =>
      new Promise<readonly ClipEmbedding[]>((take) => {
        takePieces = take;
        answer({ piecesOf: voice });
      });
    let requested = Promise.resolve<readonly ClipEmbedding[]>([]);
    // The thread takes one request at a time.
    const piecesOf = (voice: number) => {
      requested = requested.then(() => request(voice));
      return requested;
    };
    worker.on("message", (message: DiarizeMessage) => {
      if ("failure" in message) reject(errorOf(message.failure));
      else if ("diarized" in message) resolve(message.diarized);
      else if ("pieces" in message) takePieces?.(message.pieces);
      else if ("probes" in message)
        whoIsWho?.(message.probes.map((probe, i) => ({ probe, pieces: () => piecesOf(i) }))).then(
          (people) => answer({ people }),
          end,
        );
      else Promise.resolve(onProgress?.(...message.progress)).catch(end);
    });
    worker.on("error", reject);
    worker.on("exit", () => {
      signal?.removeEventListener("abort", stop);
      reject(new Error("the diarizing thread ended unexpectedly"));
    });
  });
