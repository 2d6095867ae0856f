import type fc from "fast-check";

/**
 * Wraps a store so that every call waits for the scheduler, which can then interleave operations.
 */
export const overtaken = <Store extends object>(store: Store, scheduler: fc.Scheduler): Store =>
  Object.fromEntries(
    Object.entries(store).map(([name, call]) => [
      name,
      async (...args: unknown[]) => {
        await scheduler.schedule(Promise.resolve(), name);
        return call(...args);
      },
    ]),
  ) as Store;
