import type { Context, MiddlewareHandler } from "hono";
import { authenticate } from "../../../lib/domain/registry/key.ts";
import { AppError } from "../../../lib/error.ts";
import type { Registry, Scope } from "../../../lib/ports/registry.ts";
import type { Services } from "../../../lib/ports/services.ts";
import { workContext } from "../../../lib/work-context.ts";
import type { Env } from "../env.ts";

/** Every failed authentication takes this long. Longer than a read of the store usually takes. */
const REJECTION_MS = 50;
const BEARER = /^Bearer +([\x21-\x7e]+)$/i;
/**
 * URLs end up in logs and browser histories. A key in the URL counts as leaked, even if the header
 * is valid.
 */
const KEY_FIELDS = ["access_token", "api_key", "apikey", "key", "token"];
const LOOKS_LIKE_KEY = /^(vr_[0-9a-z]{16}_[0-9a-z]{32,}|vt_[\w-]+\.[\w-]{43})$/;

/** Two Authorization headers arrive joined by a comma and a space, so they never match. */
export const bearerOf = (c: Context<Env>): string | undefined =>
  BEARER.exec(c.req.header("Authorization") ?? "")?.[1];

/**
 * Authenticates the request and sets `key` and `registry`.
 *
 * keyOf  returns the API key that a request has sent
 */
export const authorized =
  (
    services: Pick<Services, "clock" | "formerSecrets" | "keys" | "registries" | "secret">,
    keyOf: (c: Context<Env>) => string | undefined = bearerOf,
  ): MiddlewareHandler<Env> =>
  async (c, next) => {
    const inUrl = Object.entries(c.req.queries()).some(
      ([name, values]) =>
        KEY_FIELDS.includes(name.toLowerCase()) || values.some((one) => LOOKS_LIKE_KEY.test(one)),
    );
    const token = keyOf(c);
    // Starts before the store is read, so that it hides how long the store takes for a known key
    // ID.
    const rejection = new Promise((resolve) => setTimeout(resolve, REJECTION_MS).unref());
    // An empty token gets the same reply as any other invalid token.
    const { key, registry, grant } = await authenticate(services, inUrl ? "" : (token ?? "")).catch(
      async (error: unknown) => {
        await rejection;
        throw error;
      },
    );
    requireOrigin(c, registry);
    c.env.trace.keyId = key.keyId;
    c.env.trace.registryId = registry.registryId;
    const context = workContext();
    if (context) context.owner = registry.registryId;
    c.set("key", key);
    if (grant) c.set("token", grant);
    c.set("registry", registry);
    await next();
  };

/**
 * Refuses a page of an origin that the registry doesn't list. A preflight can't: it has no key. The
 * service's own pages send their origin, too, and browsers mark their requests.
 */
function requireOrigin(c: Context<Env>, { settings: { corsOrigins } }: Registry): void {
  const origin = c.req.header("Origin");
  if (corsOrigins === undefined || origin === undefined || corsOrigins.includes(origin)) return;
  if (c.req.header("Sec-Fetch-Site") === "same-origin") return;
  throw new AppError(
    "origin-not-allowed",
    `This registry accepts no requests of pages from ${origin}. Its setting corsOrigins lists the origins.`,
  );
}

/** The scope that is needed, or several scopes of which one is enough. */
export type Scopes = Scope | readonly Scope[];

/** Also checks `?include=score` in the query, which needs `scores:read`. */
export const scoped =
  (scope: Scopes): MiddlewareHandler<Env> =>
  async (c, next) => {
    requireScope(c.var.key.scopes, scope);
    if (c.req.query("include") === "score") requireScope(c.var.key.scopes, "scores:read");
    await next();
  };

export function requireScope(scopes: readonly Scope[], scope: Scopes): void {
  const sufficient: readonly Scope[] = typeof scope === "string" ? [scope] : scope;
  if (!sufficient.some((one) => scopes.includes(one)))
    throw new AppError("insufficient-scope", `This key needs the scope ${sufficient.join(" or ")}.`);
}
