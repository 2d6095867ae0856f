import { createHmac } from "node:crypto";
import { AppError } from "../../error.ts";
import type { DecisionId, KeyId, RegistryId } from "../../id.ts";
import type { ApiKey, RegistrySettings } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { AuditEntry } from "../../schema/audit.ts";
import { hashOfId } from "../speaker/id-hash.ts";

export type AuditNeeds = Pick<Services, "audit" | "clock" | "secret">;
type Details = AuditEntry["details"];

/** An operation, as the audit log names it. The operation can complete it while it runs. */
export type Act = {
  readonly registryId: RegistryId;
  /** Undefined: the command line. */
  readonly keyId?: KeyId | undefined;
  /** As the caller sent it. The log has a keyed hash of it. */
  readonly callerId?: string | undefined;
  readonly operation: string;
  /** The ID as the caller sent it. The log has a keyed hash of it. */
  speakerId?: string | undefined;
  decisionId?: DecisionId;
  details?: Details;
  /** False: the log doesn't have this operation. */
  recorded?: boolean;
};

/**
 * Runs an operation and then records it, whether it succeeds or fails. If the entry can't be
 * stored, an operation that succeeded rejects with that failure: it has happened, but the log
 * doesn't show it. An operation that failed rejects with its own failure.
 */
export async function audited<T>(services: AuditNeeds, act: Act, work: () => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await record(services, act, outcomeOf(error)).catch(() => undefined);
    throw error;
  }
  await record(services, act, act.decisionId ?? "done");
  return result;
}

/** The outcome of an operation that failed. */
export const outcomeOf = (error: unknown): string =>
  error instanceof AppError ? error.slug : "internal-error";

/** outcome: "done", the ID of a decision, or the slug of a problem */
export async function record(services: AuditNeeds, act: Act, outcome: string): Promise<void> {
  const { registryId, keyId, callerId, operation, speakerId, details = {}, recorded = true } = act;
  if (!recorded) return;
  const { secret } = services;
  await services.audit.append(registryId, {
    at: services.clock.now().toISOString(),
    key: keyId ?? null,
    caller: callerId === undefined ? null : hashOfCaller(secret, registryId, callerId),
    operation,
    speaker: speakerId === undefined ? null : hashOfId(secret, registryId, speakerId),
    outcome,
    details,
  });
}

/** Settings as details. Limits of guesses get names such as `guessing.rejects`. */
export function settingDetails({ guessing = {}, ...others }: Partial<RegistrySettings>): Details {
  const limits = Object.entries(guessing).map(([name, value]) => [`guessing.${name}`, value] as const);
  const named = [...Object.entries(others), ...limits];
  return Object.fromEntries(named.map(([name, value]) => [name, value ?? null]));
}

/** A key as details: its ID and what it allows, without its name. */
export const keyDetails = ({ keyId, scopes, expiresAt, audioSecondsPerDay }: ApiKey): Details => ({
  key: keyId,
  scopes: [...scopes],
  expiresAt: expiresAt ?? null,
  audioSecondsPerDay: audioSecondsPerDay ?? null,
});

const hashOfCaller = (secret: Uint8Array, registryId: RegistryId, callerId: string): string =>
  createHmac("sha256", secret)
    .update(JSON.stringify(["caller", registryId, callerId]))
    .digest("hex");
