import { AsyncLocalStorage } from "node:async_hooks";

const current = new AsyncLocalStorage<AbortSignal>();

/** Runs `work` under a signal that aborts when the request no longer needs its result. */
export const within = <T>(signal: AbortSignal, work: () => T): T => current.run(signal, work);

/**
 * The signal of the current request, for adapters that call over a network. Undefined outside a
 * request.
 */
export const deadlineSignal = (): AbortSignal | undefined => current.getStore();
