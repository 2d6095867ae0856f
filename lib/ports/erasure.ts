import type { RegistryId, SpeakerUid } from "../id.ts";

/** An erasure that other records may still refer to. */
export type Erasure = {
  registryId: RegistryId;
  uid: SpeakerUid;
  /** Keyed hash of the speaker's ID (lib/domain/speaker/id-hash.ts). The ID itself isn't kept. */
  idHash: string;
  at: string;
  /** The speaker's clips, and those of them whose recordings were stored. */
  clips: number;
  recordings: number;
  /** The request that erased the speaker (`RequestAttempt`), if it had an idempotency key. */
  by?: string | undefined;
};

export type ErasureStore = {
  /** Idempotent; durable when it resolves. */
  put(erasure: Erasure): Promise<void>;
  /** Strongly consistent; in no order. */
  list(registryId: RegistryId): Promise<readonly Erasure[]>;
  /** Does nothing if there is none. */
  remove(erasure: Erasure): Promise<void>;
};

/** The IDs of people who opted out and were then erased, as keyed hashes. */
export type OptOutStore = {
  /** Idempotent; durable when it resolves. */
  put(registryId: RegistryId, idHash: string): Promise<void>;
  /** Strongly consistent. */
  has(registryId: RegistryId, idHash: string): Promise<boolean>;
  /** Does nothing if there is none. */
  remove(registryId: RegistryId, idHash: string): Promise<void>;
};

/** Data of an erased speaker that stays somewhere for a time. days: after the erasure */
export type Remnant = { where: string; days: number };
