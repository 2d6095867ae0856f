import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";

/** How long a browser may remember the answer to a preflight. Chromium's own limit is 2 hours. */
const MAX_AGE_SECONDS = 7200;

/**
 * Answers preflights, which carry no key, and lets pages of these origins read replies. Sends no
 * credentials header: pages authorize with a token, never with cookies.
 */
export const crossOrigin = (origins: readonly string[]): MiddlewareHandler =>
  cors({
    origin: origins.includes("*") ? "*" : [...origins],
    allowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
    allowHeaders: ["Authorization", "Caller-Id", "Content-Type", "Idempotency-Key", "If-Match"],
    exposeHeaders: [
      "ETag",
      "Erasure-Receipt",
      "Idempotent-Replayed",
      "Link",
      "Location",
      "RateLimit",
      "RateLimit-Policy",
      "Retry-After",
      "X-Request-Id",
    ],
    maxAge: MAX_AGE_SECONDS,
  });
