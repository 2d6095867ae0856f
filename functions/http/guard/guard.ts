import type { MiddlewareHandler } from "hono";
import type { Services } from "../../../lib/ports/services.ts";
import type { Env } from "../env.ts";
import { admitted } from "./admission.ts";
import { authorized, type Scopes, scoped } from "./auth.ts";
import { uploadsSettled } from "./held-uploads.ts";
import { idempotent } from "./idempotency.ts";
import { boundedBody, rateLimited } from "./limits.ts";
import { type Accepts, acceptsJson, negotiated } from "./media-type.ts";

/** The pattern of a route, for the log. */
export const named =
  (route: { path: string }): MiddlewareHandler<Env> =>
  async (c, next) => {
    c.env.trace.route = route.path;
    await next();
  };

/** Routes that change nothing and take no body. */
export const reading = (services: Services, route: { path: string }, scope: Scopes) => [
  named(route),
  authorized(services),
  scoped(scope),
  rateLimited(services),
  acceptsJson,
];

/** In the order that docs/bad-input.md states; schema, resource and audio follow in the route and its operation. */
export const guarded = (services: Services, route: { path: string }, scope: Scopes, accepts: Accepts) => [
  named(route),
  authorized(services),
  scoped(scope),
  rateLimited(services),
  ...(accepts === "audio" || accepts === "clips" ? [admitted] : []),
  boundedBody,
  negotiated(accepts),
  idempotent(services),
  uploadsSettled(services),
];
