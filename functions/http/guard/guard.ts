import type { MiddlewareHandler } from "hono";
import type { Services } from "../../../lib/ports/services.ts";
import type { Env } from "../env.ts";
import { admitted } from "./admission.ts";
import { authorized, type Scopes, scoped } from "./auth.ts";
import { uploadsSettled } from "./held-uploads.ts";
import { idempotent } from "./idempotency.ts";
import { boundedBody, rateLimited } from "./limits.ts";
import { type Accepts, acceptsJson, negotiated, takesAudio } from "./media-type.ts";

/** Puts the route's pattern into the log. */
export const named =
  (route: { path: string }): MiddlewareHandler<Env> =>
  async (c, next) => {
    c.env.trace.route = route.path;
    await next();
  };

/** The guards of routes that change nothing and read no body. */
export const reading = (services: Services, route: { path: string }, scope: Scopes) => [
  named(route),
  authorized(services),
  scoped(scope),
  rateLimited(services),
  acceptsJson,
];

/**
 * The guards of all other routes, in the order of docs/bad-input.md. The route then checks the
 * fields, and its operation checks the resource and the audio.
 */
export const guarded = (
  services: Services,
  route: { path: string },
  scope: Scopes,
  accepts: Accepts,
  replays = true,
) => [
  named(route),
  authorized(services),
  scoped(scope),
  rateLimited(services),
  ...(takesAudio(accepts) ? [admitted] : []),
  boundedBody,
  negotiated(accepts),
  // Consumes uploads only after `idempotent` has stored the reply: until then a retry needs them.
  uploadsSettled(services),
  ...(replays ? [idempotent(services)] : []),
];
