import { deadlineSignal } from "../../deadline.ts";
import { tally } from "../../tally.ts";
import { guardedCall } from "./failures.ts";

/** Time limits: to connect, for one attempt, and for a call with all its retries. */
const CONNECT_MS = 1000;
const ATTEMPT_MS = 2500;
const CALL_MS = 8000;
/** Large bodies get the time that they take at this rate, in addition. */
const SLOWEST_BYTES_PER_MS = 2000;

/**
 * Options of every SDK client: at most 2 retries for each call, and a time limit for each attempt.
 * The standard mode has full jitter, and a token bucket that stops retries when most calls fail.
 */
export const CLIENT_OPTIONS = {
  maxAttempts: 3,
  retryMode: "standard",
  requestHandler: {
    connectionTimeout: CONNECT_MS,
    requestTimeout: ATTEMPT_MS,
    throwOnRequestTimeout: true,
  },
} as const;

/** The option of a request that gives one attempt the time for a body of so many bytes. */
export const timeFor = (bytes: number) => ({ requestTimeout: ATTEMPT_MS + bodyMs(bytes) });
const bodyMs = (bytes: number): number => Math.ceil(bytes / SLOWEST_BYTES_PER_MS);

/**
 * Sends one call under its own deadline and that of the current request. Rejects with
 * `dependency-unavailable` or `deadline-exceeded` (failures.ts). Other errors pass through.
 *
 * bytes: of a large body, in either direction
 */
export function call<T>(service: string, send: (signal: AbortSignal) => Promise<T>, bytes = 0): Promise<T> {
  const own = AbortSignal.timeout(CALL_MS + CLIENT_OPTIONS.maxAttempts * bodyMs(bytes));
  const request = deadlineSignal();
  const signal = request ? AbortSignal.any([own, request]) : own;
  return guardedCall(service, () => {
    // Don't send a call if its request has already ended.
    signal.throwIfAborted();
    return send(signal).then(countRetries, (error) => {
      throw countRetries(error);
    });
  });
}

/** Replies and errors of the SDK contain the number of attempts. */
function countRetries<T>(reply: T): T {
  const { attempts = 1 } = (reply as { $metadata?: { attempts?: number } } | undefined)?.$metadata ?? {};
  if (attempts > 1) tally("retries", attempts - 1);
  return reply;
}
