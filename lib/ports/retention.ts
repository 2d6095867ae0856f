import type { RegistryId } from "../id.ts";

/** What the last sweep of expired speakers and decisions left behind. */
export type RetentionState = {
  registryId: RegistryId;
  /** By the wall clock. Later sweeps compare their time with it. */
  sweptAt: string;
  /** The days for which stored decisions are kept at most. */
  decisionDays: number;
};

export type RetentionStore = {
  /** Undefined before the first sweep. Strongly consistent. */
  get(registryId: RegistryId): Promise<RetentionState | undefined>;
  /** Creates or replaces the state. Durable when it resolves. */
  put(state: RetentionState): Promise<void>;
};
