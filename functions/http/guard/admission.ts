import type { MiddlewareHandler } from "hono";
import { AppError } from "../../../lib/error.ts";
import type { Env, Gate } from "../env.ts";
import { MAX_BODY_BYTES } from "./limits.ts";

/**
 * requests  requests with audio that may be in work at a time, from before their body is read
 * bytes     the most that their bodies may have together; one request alone may always enter
 */
export function admissionGate(limits: { requests: number; bytes: number }): Gate {
  let [requests, bytes] = [0, 0];
  return {
    enter(own) {
      if (requests >= limits.requests) return undefined;
      if (requests > 0 && bytes + own > limits.bytes) return undefined;
      requests += 1;
      bytes += own;
      let inside = true;
      return () => {
        if (!inside) return;
        inside = false;
        requests -= 1;
        bytes -= own;
      };
    },
  };
}

/**
 * Refuses a request with audio before its body is read, if the server is at capacity. Work that is accepted is then
 * finished within its deadline, and the rest is told at once to come back, so that load beyond the capacity does not
 * reduce what is answered.
 */
export const admitted: MiddlewareHandler<Env> = async (c, next) => {
  const { gate } = c.env;
  if (!gate) return next();
  const leave = gate.enter(bodyBytes(c.req.header("Content-Length")));
  if (!leave)
    throw new AppError("overloaded", "The service is at capacity. Try again in a second.", {
      retryAfterSeconds: 1,
    });
  try {
    await next();
  } finally {
    leave();
  }
};

/** A body of unknown length counts as the longest that is accepted. */
function bodyBytes(contentLength: string | undefined): number {
  const bytes = Number(contentLength);
  return Number.isInteger(bytes) && bytes >= 0 ? Math.min(bytes, MAX_BODY_BYTES) : MAX_BODY_BYTES;
}
