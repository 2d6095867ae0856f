import { AsyncLocalStorage } from "node:async_hooks";

/** contentions: commits that lost to another writer. retries: calls that the AWS SDK sent again */
export type Tally = { contentions: number; retries: number };

const current = new AsyncLocalStorage<Tally>();

/** Runs `work`. Calls of `tally` within it add to `counts`. */
export const tallied = <T>(counts: Tally, work: () => T): T => current.run(counts, work);

/** Adds to a count of the current request. Does nothing outside a request. */
export function tally(name: keyof Tally, by = 1): void {
  const counts = current.getStore();
  if (counts) counts[name] += by;
}
