import { AsyncLocalStorage } from "node:async_hooks";

const current = new AsyncLocalStorage<AbortSignal>();

/** Runs `work` under a signal that aborts once nobody waits for it any more. */
export const within = <T>(signal: AbortSignal, work: () => T): T => current.run(signal, work);

/** For adapters that call over a network: the signal of the request that this is done for; undefined outside of one. */
export const deadlineSignal = (): AbortSignal | undefined => current.getStore();
