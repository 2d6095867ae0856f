import { createHash } from "node:crypto";
import { AppError } from "../../error.ts";
import type { GuessLimits } from "../../ports/registry.ts";
import { pauseSeconds } from "./guess-limits.ts";

/** A counter resets a day after the last reject, so that no pause is permanent. */
export const KEEP_SECONDS = 86_400;

/** Who sent a request: an API key, and the person or device behind it if the request names one. */
export type Caller = { keyId: string; callerId?: string | undefined };
const COMMAND_LINE: Caller = { keyId: "command-line" };

export type GuessKind = "identify" | "verify";
/**
 * One counter as it was before the guess.
 *
 * most   rejects in a row after which a pause begins; 0: never
 * holds  whether a pause of this counter applies to the caller
 */
export type Counter = { count: number; ageSeconds: number; most: number; holds: boolean };

/** The values of a counter that doesn't exist yet. */
export const NO_REJECTS = { count: 0, ageSeconds: 0 };

/** Hashed, because a caller id may be long, or may name a person. */
export const nameOfCaller = ({ keyId, callerId }: Caller = COMMAND_LINE): string =>
  createHash("sha256")
    .update(JSON.stringify([keyId, callerId]))
    .digest("hex")
    .slice(0, 32);

/** Throws `KIND-attempts-exhausted` if one of the counters is in a pause that holds the caller. */
export function refusePaused(kind: GuessKind, limits: GuessLimits, counters: readonly Counter[]): void {
  for (const { count, ageSeconds, most, holds } of counters) {
    const left = pauseSeconds(limits, most, count) - ageSeconds;
    if (holds && left > 0) throw exhausted(kind, count, left);
  }
}

/**
 * Throws `KIND-attempts-exhausted` if rejects that were counted since the guess was opened have
 * begun a pause of this counter.
 *
 * count  of the counter now, with the guess
 */
export function refuseOverrun(kind: GuessKind, limits: GuessLimits, counter: Counter, count: number): void {
  const { count: before, most, holds } = counter;
  if (!holds || most === 0 || count <= Math.max(most, before + 1)) return;
  throw exhausted(kind, count, pauseSeconds(limits, most, count));
}

function exhausted(kind: GuessKind, count: number, seconds: number): AppError {
  const retryAfterSeconds = Math.max(1, Math.ceil(seconds));
  const again = `Try again in ${retryAfterSeconds} seconds.`;
  if (kind === "identify")
    return new AppError(
      "identify-attempts-exhausted",
      `The last ${count} searches of this caller found no match. ${again}`,
      { retryAfterSeconds },
    );
  return new AppError(
    "verify-attempts-exhausted",
    `The last ${count} verification attempts for this speaker failed. ${again}`,
    { retryAfterSeconds },
  );
}
