import { AsyncLocalStorage } from "node:async_hooks";

export type Tally = {
  /** Commits that lost to another writer. */
  contentions: number;
  /** Calls that the AWS SDK sent again. */
  retries: number;
  /** Audio that was embedded. */
  audioSeconds: number;
  /** Time for which the request waited for embeddings. */
  modelMs: number;
};

export const noTally = (): Tally => ({ contentions: 0, retries: 0, audioSeconds: 0, modelMs: 0 });

const current = new AsyncLocalStorage<Tally>();

/** Runs `work`. Calls of `tally` within it add to `counts`. */
export const tallied = <T>(counts: Tally, work: () => T): T => current.run(counts, work);

/** Adds to a count of the current request. Does nothing outside a request. */
export function tally(name: keyof Tally, by = 1): void {
  const counts = current.getStore();
  if (counts) counts[name] += by;
}
