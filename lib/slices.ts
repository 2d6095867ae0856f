import { setImmediate } from "node:timers/promises";

/** How long to compute before other work on this thread gets its turn. */
const SLICE_MS = 10;

/**
 * Divides long work into slices: where `isOver`, await `next`, which lets other work run. Checking
 * is cheap enough for every item of a long list.
 */
export function slices() {
  let start = performance.now();
  return {
    isOver: (): boolean => performance.now() - start > SLICE_MS,
    async next(): Promise<void> {
      await setImmediate();
      start = performance.now();
    },
  };
}

/** Like `Array.from(items, work)`, in slices. Rejects with the first error of `work`. */
export async function inSlices<T, R>(items: Iterable<T>, work: (item: T, index: number) => R): Promise<R[]> {
  const slice = slices();
  const results: R[] = [];
  for (const item of items) {
    results.push(work(item, results.length));
    if (slice.isOver()) await slice.next();
  }
  return results;
}
