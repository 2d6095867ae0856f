import type { MiddlewareHandler } from "hono";
import { overloaded } from "../../../lib/error.ts";
import type { Env, Gate } from "../env.ts";
import { MAX_BODY_BYTES } from "./limits.ts";

/** Slow bodies that may be awaited for each request that may be worked on. */
const AWAITED_PER_REQUEST = 2;

export type GateLimits = { requests: number; bytes: number };

/**
 * Returns a gate that limits the requests with audio. A request counts from before its body is
 * read. Bodies that are slow to arrive have limits of their own, so that clients that hold back
 * their bodies keep no one else out.
 *
 * requests  the most requests at the same time, and half as many as the most slow bodies
 * bytes     the most bytes in their bodies together, and the most in slow bodies; a single body is
 *           always accepted
 */
export function admissionGate(limits: GateLimits): Gate {
  const inside = counter(limits);
  const awaited = counter({ requests: AWAITED_PER_REQUEST * limits.requests, bytes: limits.bytes });
  return {
    full: inside.full,
    enter(own) {
      if (inside.full(own)) return undefined;
      let count: Counter | undefined = inside;
      inside.add(own);
      const moveTo = (next: Counter | undefined) => {
        count?.remove(own);
        next?.add(own);
        count = next;
      };
      return {
        leave: () => moveTo(undefined),
        wait() {
          if (count !== inside || awaited.full(own)) return false;
          moveTo(awaited);
          return true;
        },
        resume() {
          if (count === awaited) moveTo(inside);
        },
      };
    },
  };
}

type Counter = ReturnType<typeof counter>;

function counter(limits: GateLimits) {
  let requests = 0;
  let bytes = 0;
  return {
    full: (own: number) => requests >= limits.requests || (requests > 0 && bytes + own > limits.bytes),
    add(own: number) {
      requests += 1;
      bytes += own;
    },
    remove(own: number) {
      requests -= 1;
      bytes -= own;
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
  const place = gate.enter(bodyBytes(c.req.header("Content-Length")));
  if (!place) throw overloaded();
  c.set("place", place);
  try {
    await next();
  } finally {
    place.leave();
  }
};

/** A body of unknown length counts as the longest that is accepted. */
export function bodyBytes(contentLength: string | undefined): number {
  const bytes = Number(contentLength);
  return Number.isInteger(bytes) && bytes >= 0 ? Math.min(bytes, MAX_BODY_BYTES) : MAX_BODY_BYTES;
}
