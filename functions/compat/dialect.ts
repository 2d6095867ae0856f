import type { Context, MiddlewareHandler } from "hono";
import { type Act, audited } from "../../lib/domain/audit/record.ts";
import { withAudioQuota } from "../../lib/domain/registry/audio-quota.ts";
import { withTally } from "../../lib/domain/registry/observed-embedder.ts";
import { AppError, type Slug } from "../../lib/error.ts";
import type { Registry, Scope } from "../../lib/ports/registry.ts";
import type { Services } from "../../lib/ports/services.ts";
import type { Env } from "../http/env.ts";
import { admitted } from "../http/guard/admission.ts";
import { authorized, scoped } from "../http/guard/auth.ts";
import { uploadsSettled } from "../http/guard/held-uploads.ts";
import { boundedBody, rateLimited } from "../http/guard/limits.ts";
import { problem } from "../http/replies/problem.ts";

/** How clients of another service send their key, and which form of errors they expect. */
export type Dialect = {
  keyOf(c: Context<Env>): string | undefined;
  failure(c: Context<Env>, problem: { status: number; slug: Slug | undefined; detail: string }): Response;
};

/** An operation of another service, done by operations of this one. */
export type Operation = {
  /** The route's name in the log. */
  route: string;
  /** The operation's name in the audit log. */
  operationId: string;
  scope: Scope;
  /** Whether the body is audio: its requests are limited by the gate. */
  audio?: boolean;
  /** Whether the audit log has it: changes, and decisions as the registry's settings say. */
  audit: "changes" | "decisions" | "none";
  handle(services: Services, request: CompatRequest): Promise<Response>;
};
export type CompatRequest = {
  registry: Registry;
  scopes: readonly Scope[];
  act: Act;
  body: Uint8Array<ArrayBuffer>;
  c: Context<Env>;
};

/** Runs an operation behind the guards of every route, and answers errors in the dialect's form. */
export async function inDialect(
  services: Services,
  dialect: Dialect,
  c: Context<Env>,
  operation: Operation | undefined,
): Promise<Response> {
  try {
    if (!operation) throw new AppError("route-not-found", "This operation isn't supported.");
    return await guarded(services, dialect, c, operation);
  } catch (error) {
    return failed(dialect, c, error);
  }
}

function failed(dialect: Dialect, c: Context<Env>, error: unknown): Response {
  const { status, headers, body } = problem(c.env.trace, error);
  const wait = new Headers(headers).get("Retry-After");
  if (wait !== null) c.header("Retry-After", wait);
  const { detail } = JSON.parse(body) as { detail: string };
  return dialect.failure(c, { status, slug: error instanceof AppError ? error.slug : undefined, detail });
}

/** Operations here don't check for which speaker a token is. */
const withoutToken: MiddlewareHandler<Env> = async (c, next) => {
  if (c.var.token) throw new AppError("insufficient-scope", "Tokens aren't accepted here. Use an API key.");
  await next();
};

async function guarded(
  services: Services,
  dialect: Dialect,
  c: Context<Env>,
  { route, operationId, scope, audio, audit, handle }: Operation,
): Promise<Response> {
  c.env.trace.route = route;
  const guards: MiddlewareHandler<Env>[] = [
    authorized(services, dialect.keyOf),
    withoutToken,
    scoped(scope),
    rateLimited(services),
    ...(audio ? [admitted] : []),
    boundedBody,
    uploadsSettled(services),
  ];
  const work = async () => {
    const { registry, key, body } = c.var;
    const act: Act = {
      registryId: registry.registryId,
      keyId: key.keyId,
      operation: operationId,
      recorded: audit === "changes" || (audit === "decisions" && registry.settings.audit === "all"),
    };
    const counted = withTally(withAudioQuota(services, key));
    const request = { registry, scopes: key.scopes, act, body, c };
    // The guards look at the reply, so an error becomes one before they go on.
    c.res = await audited(services, act, () => handle(counted, request)).catch((error: unknown) =>
      failed(dialect, c, error),
    );
  };
  const chain = guards.reduceRight<() => Promise<void>>(
    (next, guard) => async () => void (await guard(c, next)),
    work,
  );
  await chain();
  return c.res;
}
