import { AsyncLocalStorage } from "node:async_hooks";

/** For whom a piece of work is done, and whether anyone still waits for it. */
export type WorkContext = {
  /** Work of different owners takes turns. A registry's id, once the caller is known. */
  owner: string;
  /** Aborts when the client has left or the request's deadline is over. */
  readonly signal: AbortSignal;
};

const current = new AsyncLocalStorage<WorkContext>();

/** Runs `work` in a context of its own. */
export const inContext = <T>(context: WorkContext, work: () => T): T => current.run(context, work);

/** The context of the request that this is done for; undefined outside of one. */
export const workContext = (): WorkContext | undefined => current.getStore();
