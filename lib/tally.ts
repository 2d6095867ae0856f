import { AsyncLocalStorage } from "node:async_hooks";

/** What a request cost beyond its work: commits that others' writes made void, calls that a client library sent again. */
export type Tally = { contentions: number; retries: number };

const current = new AsyncLocalStorage<Tally>();

/** Runs `work` so that `tally` in it, however deep, adds to `counts`. */
export const tallied = <T>(counts: Tally, work: () => T): T => current.run(counts, work);

/** Adds to a count of the request that this is done for; nothing outside of one. */
export function tally(name: keyof Tally, by = 1): void {
  const counts = current.getStore();
  if (counts) counts[name] += by;
}
