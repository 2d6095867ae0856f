import type { DecisionId, RegistryId, SpeakerUid } from "../id.ts";
import type { Moment } from "./page.ts";
import type { Delivery } from "./webhook.ts";

export type DecisionRecord = {
  decisionId: DecisionId;
  registryId: RegistryId;
  operation: "verify" | "identify" | "compare";
  at: string;
  uid?: SpeakerUid | undefined;
  /** For how many days it is kept. Undefined: DECISION_DAYS. */
  days?: number | undefined;
  /** Whether it is also listed by its speaker. Costs a write on some backends. Undefined: no. */
  listed?: boolean | undefined;
  /** The whole reply. It contains no audio and no embedding. */
  reply: unknown;
  /** What a person has found out about the decision since. */
  label?: DecisionLabel | undefined;
};

/** Whether a decision was right, and when a caller said so. */
export type DecisionLabel = { verdict: "right" | "wrong"; at: string };

export type DecisionStore = {
  /**
   * outgoing  deliveries, put with the decision or not at all
   * heard     the decision's probe, if it was accepted: durable, too, when this resolves
   */
  put(
    decision: DecisionRecord,
    together?: { outgoing?: readonly Delivery[] | undefined; heard?: KeptProbe | undefined },
  ): Promise<void>;
  /** Undefined for an unknown decision, and once its days are over. */
  get(registryId: RegistryId, decisionId: DecisionId): Promise<DecisionRecord | undefined>;
  /**
   * The registry's decisions, newest first, starting after `after`; at most `limit`. May miss a
   * decision that was put a moment ago.
   */
  recent(
    registryId: RegistryId,
    limit: number,
    after?: Moment | undefined,
  ): Promise<readonly DecisionRecord[]>;
  /** As `recent`, the `listed` decisions with this uid only. Reads no others. */
  ofSpeaker(
    registryId: RegistryId,
    uid: SpeakerUid,
    limit: number,
    after?: Moment | undefined,
  ): Promise<readonly DecisionRecord[]>;
  /**
   * Replaces the decision with `change(decision)`, which has the same ID and time. If another
   * change came first, calls `change` again with the newer decision. Undefined for an unknown one.
   */
  change(
    registryId: RegistryId,
    decisionId: DecisionId,
    change: (decision: DecisionRecord) => DecisionRecord,
  ): Promise<DecisionRecord | undefined>;
  /**
   * Replaces every decision for which `change` returns one with the same ID and time. Resolves to
   * their number. May miss a decision that was put a moment ago.
   */
  rewrite(
    registryId: RegistryId,
    change: (decision: DecisionRecord) => DecisionRecord | undefined,
  ): Promise<number>;
  /**
   * Shortens the lives of decisions that would be kept for longer. Resolves to their number. May
   * miss a decision that was put a moment ago.
   */
  shorten(registryId: RegistryId, days: number): Promise<number>;
};

/** For how many days a decision is kept by default. */
export const DECISION_DAYS = 90;

/** What is kept of an accepted probe, so that a copy of it is recognized. It contains no voice. */
export type HeardProbe = {
  registryId: RegistryId;
  uid: SpeakerUid;
  decisionId: DecisionId;
  at: string;
  /** As `storedFingerprint` returns it (lib/audio/features/fingerprint.ts). */
  fingerprint: Uint8Array;
  /** The mark of the request with the probe (`RequestAttempt`), if it had an idempotency key. */
  request?: string | undefined;
};

/** A probe to keep for `days`. */
export type KeptProbe = { probe: HeardProbe; days: number };

/** The probes that were put with their decisions. */
export type HeardProbeStore = {
  /** The speaker's probes, newest first; at most `limit`. Strongly consistent. */
  newest(registryId: RegistryId, uid: SpeakerUid, limit: number): Promise<readonly HeardProbe[]>;
  /**
   * The same, of probes that an earlier version has put. There are none in a registry with
   * `active`: it was created later.
   */
  older(registryId: RegistryId, uid: SpeakerUid, limit: number): Promise<readonly HeardProbe[]>;
  /** Removes all probes of the speaker. Resolves to their number. */
  forget(registryId: RegistryId, uid: SpeakerUid): Promise<number>;
};

export type StoredReply = { status: number; headers: Readonly<Record<string, string>>; body: string };

/** A claim that its holder can finish or release. claimedAt: epoch milliseconds */
export type IdempotencyClaim = {
  registryId: RegistryId;
  keyHash: string;
  requestHash: string;
  claimedAt: number;
  /** Above 1 if an earlier attempt at the request failed or crashed. */
  version: number;
};

/** One attempt at a request with an idempotency key. */
export type RequestAttempt = {
  /** Names the request in what it stores: 32 hexadecimal digits, the same in every attempt. */
  mark: string;
  /** An earlier attempt failed or crashed, and may have stored something. */
  retry: boolean;
};

export type IdempotencyStore = {
  /**
   * Claims a key of the registry for this request, for 24 hours.
   *
   * - "claimed": run the request, then `finish` or `release` the claim.
   * - "replay": the same request has finished. Send the stored reply.
   * - "reused": the key belongs to another request.
   * - "in-progress": another process holds it: it claimed or renewed it less than 5 s ago.
   * - "unrenewed": by this clock, its holder has not renewed it for 5 s. It may still run if a
   *   clock was set. Wait longer than the time between two renewals, then `renew` the claim to take
   *   it over: that fails if the holder has renewed it.
   *
   * The claim of a process that has certainly ended is claimed immediately.
   */
  claim(
    registryId: RegistryId,
    keyHash: string,
    requestHash: string,
  ): Promise<
    | { state: "claimed" | "unrenewed"; claim: IdempotencyClaim }
    | { state: "replay"; reply: StoredReply }
    | { state: "reused" | "in-progress" }
  >;
  /**
   * Keeps the claim for another 5 s. Resolves to the claim to use from then on; undefined if
   * another process has taken it over.
   */
  renew(claim: IdempotencyClaim): Promise<IdempotencyClaim | undefined>;
  /** Stores the reply. Does nothing if another process has taken the claim over. */
  finish(claim: IdempotencyClaim, reply: StoredReply): Promise<void>;
  /**
   * Replaces every stored reply for which `change` returns another. Resolves to their number. May
   * miss a reply that was stored a moment ago. claimedAt: epoch milliseconds
   */
  rewrite(
    registryId: RegistryId,
    change: (reply: StoredReply, claimedAt: number) => StoredReply | undefined,
  ): Promise<number>;
  /** Frees the key. Does nothing if the claim is finished or another process has taken it over. */
  release(claim: IdempotencyClaim): Promise<void>;
};

export type LimitStore = {
  /** Adds 1 and resolves to the new count. The counter resets `ttlSeconds` after the last `add`. */
  add(registryId: RegistryId, counter: string, ttlSeconds: number): Promise<number>;
  /**
   * Adds `amount` if the count then is at most `most`, in one step: parallel calls together never
   * exceed it. Resolves to whether it was added. ttlSeconds: as for `add`
   */
  addWithin(
    registryId: RegistryId,
    counter: string,
    limit: { amount: number; most: number; ttlSeconds: number },
  ): Promise<boolean>;
  /** count: 0 for an absent or expired counter. ageSeconds: since the last `add` */
  get(registryId: RegistryId, counter: string): Promise<{ count: number; ageSeconds: number }>;
  clear(registryId: RegistryId, counter: string): Promise<void>;
  /**
   * Admits a request unless `quota` requests of this counter were admitted within the last 60
   * seconds. Rejected requests don't count. A backend may count a request for up to 70 seconds.
   */
  admit(registryId: RegistryId, counter: string, quota: number): Promise<RateAdmission>;
};

export type RateAdmission = {
  admitted: boolean;
  /** How many more requests would be admitted now. */
  remaining: number;
  /** When the oldest counted request stops counting; at least 1. */
  resetSeconds: number;
};
