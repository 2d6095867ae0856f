import type { DecisionId, RegistryId, SpeakerUid } from "../id.ts";

export type DecisionRecord = {
  decisionId: DecisionId;
  registryId: RegistryId;
  operation: "verify" | "identify" | "compare";
  at: string;
  uid: SpeakerUid | undefined;
  /** The whole reply, no audio and no embedding. */
  reply: unknown;
};

export type DecisionStore = {
  put(decision: DecisionRecord): Promise<void>;
  /** Undefined once it is 90 days old. */
  get(registryId: RegistryId, decisionId: DecisionId): Promise<DecisionRecord | undefined>;
  /** The registry's latest, newest first, at most `limit`; none that is 90 days old. */
  recent(registryId: RegistryId, limit: number): Promise<readonly DecisionRecord[]>;
};

export type StoredReply = { status: number; headers: Readonly<Record<string, string>>; body: string };

export type IdempotencyStore = {
  /**
   * Claims (registry, key) for this request for 24 hours. "claimed": go on, then `finish` or `release`.
   * "replay": it was done before with the same request hash. "reused": another request hash. "in-progress": claimed
   * less than 60 s ago and not finished.
   */
  claim(
    registryId: RegistryId,
    keyHash: string,
    requestHash: string,
  ): Promise<{ state: "claimed" | "reused" | "in-progress" } | { state: "replay"; reply: StoredReply }>;
  finish(registryId: RegistryId, keyHash: string, reply: StoredReply): Promise<void>;
  release(registryId: RegistryId, keyHash: string): Promise<void>;
};

export type LimitStore = {
  /** Adds 1 and resolves to the new count; a counter that has not been added to for `ttlSeconds` starts at 0. */
  add(registryId: RegistryId, counter: string, ttlSeconds: number): Promise<number>;
  /** 0 for an absent or expired counter. `ageSeconds`: since the last `add`. */
  get(registryId: RegistryId, counter: string): Promise<{ count: number; ageSeconds: number }>;
  clear(registryId: RegistryId, counter: string): Promise<void>;
};
