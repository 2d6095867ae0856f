import type { Embedder } from "../../ports/model.ts";
import { stopwatch } from "../../stopwatch.ts";
import { tally } from "../../tally.ts";

export type EmbedderObserver = {
  /** A clip or recording was handed to the embedder. */
  started(): void;
  /**
   * It is done. milliseconds: since it was handed over, including the time in the queue.
   * audioSeconds: its length; 0 if it failed
   */
  ended(milliseconds: number, audioSeconds: number): void;
};

/** Returns an embedder that tells the observer about each clip and recording. */
export function observedEmbedder(embedder: Embedder, observer: EmbedderObserver): Embedder {
  async function observe<T>(work: Promise<T>, secondsOf: (result: T) => number): Promise<T> {
    const milliseconds = stopwatch();
    let seconds = 0;
    observer.started();
    try {
      const result = await work;
      seconds = secondsOf(result);
      return result;
    } finally {
      observer.ended(milliseconds(), seconds);
    }
  }
  return {
    get model() {
      return embedder.model;
    },
    embed: (clip, options) => observe(embedder.embed(clip, options), (one) => one.quality.totalSeconds),
    cut: (recording, piece) => embedder.cut(recording, piece),
    hear: (samples) => embedder.hear(samples),
    diarize: (recording, options) => observe(embedder.diarize(recording, options), (one) => one.seconds),
    seconds: (clip) => embedder.seconds(clip),
    check: () => embedder.check(),
    close: () => embedder.close(),
  };
}

/** Services whose embedder counts audio and time for the current request (lib/tally.ts). */
export function withTally<S extends { embedder: Embedder }>(services: S): S {
  const embedder = observedEmbedder(services.embedder, {
    started: () => undefined,
    ended(milliseconds, audioSeconds) {
      tally("modelMs", milliseconds);
      tally("audioSeconds", audioSeconds);
    },
  });
  return { ...services, embedder };
}
