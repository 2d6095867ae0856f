/** Runs of one kind of work, of which at most one is under way. */
export type Runs = { running: Promise<void>; next: Promise<void> | undefined };

export const noRuns = (): Runs => ({ running: Promise.resolve(), next: undefined });

/**
 * Runs work that reads the change log, one run at a time: with two, the one that read first might
 * write last. Callers that arrive during a run share the next one.
 */
export function nextRun(runs: Runs, work: () => Promise<void>): Promise<void> {
  runs.next ??= runs.running.then(() => {
    runs.next = undefined;
    const run = work();
    runs.running = run.catch(() => {});
    return run;
  });
  return runs.next;
}

/** Does `work` for every item, at most `most` at a time. */
export async function together<T>(
  items: Iterable<T>,
  most: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const waiting = items[Symbol.iterator]();
  const worker = async () => {
    for (let next = waiting.next(); !next.done; next = waiting.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: most }, worker));
}
