import type { MiddlewareHandler } from "hono";
import { authenticate } from "../../../lib/domain/registry/key.ts";
import { AppError } from "../../../lib/error.ts";
import type { Scope } from "../../../lib/ports/registry.ts";
import type { Services } from "../../../lib/ports/services.ts";
import { workContext } from "../../../lib/work-context.ts";
import type { Env } from "../env.ts";

const BEARER = /^Bearer +([\x21-\x7e]+)$/i;
/** Addresses end up in logs and histories: a key there counts as leaked, even beside a good header. */
const KEY_FIELDS = ["access_token", "api_key", "apikey", "key", "token"];
const LOOKS_LIKE_KEY = /^vr_[0-9a-z]{16}_[0-9a-z]{32,}$/;

/** Who asks. Two Authorization headers arrive joined by a comma and a space, which no token has. */
export const authorized =
  (services: Pick<Services, "clock" | "keys" | "registries" | "secret">): MiddlewareHandler<Env> =>
  async (c, next) => {
    const inAddress = Object.entries(c.req.queries()).some(
      ([name, values]) =>
        KEY_FIELDS.includes(name.toLowerCase()) || values.some((one) => LOOKS_LIKE_KEY.test(one)),
    );
    const token = BEARER.exec(c.req.header("Authorization") ?? "")?.[1];
    // An empty token is refused with the one body that all refusals share.
    const { key, registry } = await authenticate(services, inAddress ? "" : (token ?? ""));
    c.env.trace.keyId = key.keyId;
    c.env.trace.registryId = registry.registryId;
    const context = workContext();
    if (context) context.owner = registry.registryId;
    c.set("key", key);
    c.set("registry", registry);
    await next();
  };

/** One that is needed, or several of which one will do. */
export type Scopes = Scope | readonly Scope[];

/** `?include=score` asks for what only `scores:read` may see. */
export const scoped =
  (scope: Scopes): MiddlewareHandler<Env> =>
  async (c, next) => {
    requireScope(c.var.key.scopes, scope);
    if (c.req.query("include") === "score") requireScope(c.var.key.scopes, "scores:read");
    await next();
  };

export function requireScope(scopes: readonly Scope[], scope: Scopes): void {
  const enough: readonly Scope[] = typeof scope === "string" ? [scope] : scope;
  if (!enough.some((one) => scopes.includes(one)))
    throw new AppError("insufficient-scope", `This key lacks the scope ${enough.join(" or ")}.`);
}
