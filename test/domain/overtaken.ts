import type fc from "fast-check";

/** Every call of the store waits for the scheduler, so that an operation can be overtaken at each of its steps. */
export const overtaken = <Store extends object>(store: Store, scheduler: fc.Scheduler): Store =>
  Object.fromEntries(
    Object.entries(store).map(([name, call]) => [
      name,
      async (...given: unknown[]) => {
        await scheduler.schedule(Promise.resolve(), name);
        return call(...given);
      },
    ]),
  ) as Store;
