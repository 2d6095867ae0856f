import { deadlineSignal } from "../../deadline.ts";
import { tally } from "../../tally.ts";
import { guardedCall } from "./failures.ts";

/** Until a server takes the connection, until an attempt is answered, and until a call gives up, its retries included. */
const CONNECT_MS = 1000;
const ATTEMPT_MS = 2500;
const CALL_MS = 8000;

/**
 * For every SDK client: at most 2 retries a call (standard mode: full jitter, and a token bucket that stops retrying when most
 * calls fail), each attempt with a time limit of its own.
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

/**
 * One call under its deadline, and under that of the request that it is made for. Rejects with `dependency-unavailable` or
 * `deadline-exceeded` (failures.ts); any other error of the service passes through.
 */
export function call<T>(service: string, send: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const own = AbortSignal.timeout(CALL_MS);
  const request = deadlineSignal();
  const signal = request ? AbortSignal.any([own, request]) : own;
  return guardedCall(service, () => {
    // Else a call that has nobody waiting for it would still be sent.
    signal.throwIfAborted();
    return send(signal).then(countRetries, (error) => {
      throw countRetries(error);
    });
  });
}

/** The SDK tells on replies and errors how often it sent the call. */
function countRetries<T>(reply: T): T {
  const { attempts = 1 } = (reply as { $metadata?: { attempts?: number } } | undefined)?.$metadata ?? {};
  if (attempts > 1) tally("retries", attempts - 1);
  return reply;
}
