import type { MiddlewareHandler } from "hono";
import { overloaded } from "../../../lib/error.ts";
import type { Env, Gate } from "../env.ts";
import { MAX_BODY_BYTES } from "./limits.ts";

/**
 * Returns a gate that limits the requests with audio. A request counts from before its body is
 * read.
 *
 * requests  the most requests at the same time
 * bytes     the most bytes in their bodies together; a single request is always accepted
 */
export function admissionGate(limits: { requests: number; bytes: number }): Gate {
  let requests = 0;
  let bytes = 0;
  const full = (own: number) => requests >= limits.requests || (requests > 0 && bytes + own > limits.bytes);
  return {
    full,
    enter(own) {
      if (full(own)) return undefined;
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
 * Rejects a request with audio before its body is read if the server is at capacity. Accepted
 * requests then finish within their deadline and all others fail immediately, so load beyond the
 * capacity doesn't reduce the throughput.
 */
export const admitted: MiddlewareHandler<Env> = async (c, next) => {
  const { gate } = c.env;
  if (!gate) return next();
  const leave = gate.enter(bodyBytes(c.req.header("Content-Length")));
  if (!leave) throw overloaded();
  try {
    await next();
  } finally {
    leave();
  }
};

/** A body of unknown length counts as the longest that is accepted. */
export function bodyBytes(contentLength: string | undefined): number {
  const bytes = Number(contentLength);
  return Number.isInteger(bytes) && bytes >= 0 ? Math.min(bytes, MAX_BODY_BYTES) : MAX_BODY_BYTES;
}
