import { type RouteConfig, z } from "@hono/zod-openapi";
import type { Context, Hono } from "hono";
import { type Act, audited } from "../../lib/domain/audit/record.ts";
import { withAudioQuota } from "../../lib/domain/registry/audio-quota.ts";
import { withTally } from "../../lib/domain/registry/observed-embedder.ts";
import type { Slug } from "../../lib/error.ts";
import type { Registry, Scope } from "../../lib/ports/registry.ts";
import type { Services } from "../../lib/ports/services.ts";
import { SCOPES } from "../../lib/schema/key.ts";
import type { View } from "../../lib/schema/zod.ts";
import type { Env } from "./env.ts";
import { type AuditLevel, actOf } from "./guard/act.ts";
import type { Scopes } from "./guard/auth.ts";
import { guarded, named, reading } from "./guard/guard.ts";
import { acceptsJson, takesAudio } from "./guard/media-type.ts";
import { requireTokenSpeaker } from "./guard/token-speaker.ts";
import type { Input } from "./input.ts";
import { bearer, fieldsParam, idempotencyKey, idParam, type Parameter, reply } from "./replies/describe.ts";
import { failures, problemsOf } from "./replies/failures.ts";
import { checkFields, partOf } from "./replies/partial.ts";

export type Route = {
  method: "delete" | "get" | "patch" | "post" | "put";
  /** As in OpenAPI, e.g. "/speakers/{id}". */
  path: string;
  /** The entry in the OpenAPI document. Undefined for a route that isn't part of the API. */
  definition?: RouteConfig;
  /** Whether its requests are limited by the gate (guard/admission.ts). */
  takesAudio?: boolean;
  mount(app: Hono<Env>, services: Services): void;
};

export type ParamNames<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParamNames<Rest>
  : never;

/** A request that has passed the guards. An `Input` adds the fields and clips. */
type RouteRequest<Path extends string> = {
  registry: Registry;
  scopes: readonly Scope[];
  /** Returns a segment of the path. */
  param(name: ParamNames<Path>): string;
  /** The request as the audit log names it. */
  act: Act;
  c: Context<Env>;
};

type ReplySchema = z.ZodType<object>;
/** What a handler returns. Nothing for a reply without a body. */
type ResultOf<Reply extends ReplySchema> = [Reply] extends [never] ? undefined : View<Reply>;

type ReplySpec<Reply extends ReplySchema> = {
  /** 200 by default. */
  status?: 200 | 201 | 202 | 204;
  description: string;
  /** The reply's body is parsed with it. Undefined for a reply without a body. */
  schema?: Reply;
  headers?: Record<string, { description: string; schema: { type: "string" } }>;
};

type Spec<Path extends string, Parsed, Reply extends ReplySchema> = {
  operationId: string;
  summary: string;
  /** More about the operation than the summary says. */
  details?: string;
  tag: string;
  method: Route["method"];
  path: Path;
  /** The scope that a key needs, or several of which one is enough. */
  scope: Scopes;
  input: Input<Parsed>;
  /** "changes" by default, and "none" for a route that reads the query only. */
  audit?: AuditLevel;
  /** False for a route whose reply must not be stored. It ignores an Idempotency-Key. */
  idempotent?: false;
  /**
   * True for a route that a token for one speaker may call, and that checks itself which speaker a
   * request is about. Other routes accept such a token only under the speaker's own path.
   */
  checksTokenSpeaker?: true;
  /** The problems of the operation itself, in addition to those of the guards and the body. */
  problems?: readonly Slug[];
  /** Parameters in addition to those of `input`. */
  parameters?: readonly Parameter[];
  reply: ReplySpec<Reply>;
};

/** A route under an API key. It runs the guards, reads the input and parses the reply. */
export function route<Path extends string, Parsed extends object, Reply extends ReplySchema = never>(
  spec: Spec<Path, Parsed, Reply>,
  handle: (services: Services, request: RouteRequest<Path> & Parsed) => Promise<ResultOf<Reply>>,
): Route {
  const { method, path, scope, input, audit = input.accepts ? "changes" : "none" } = spec;
  const { status = 200, schema } = spec.reply;
  return {
    method,
    path,
    definition: definitionOf(spec),
    takesAudio: takesAudio(input.accepts),
    mount(app, services) {
      const guards = input.accepts
        ? guarded(services, spec, scope, input.accepts, spec.idempotent)
        : reading(services, spec, scope);
      app.on(method.toUpperCase(), [routingPath(path)], ...guards, async (c: Context<Env>) => {
        const { registry, key } = c.var;
        if (!spec.checksTokenSpeaker) requireTokenSpeaker(c, speakerOf(path, c));
        const part = c.req.query("fields");
        checkFields(part);
        const parsed = await input.read(services, c);
        const param = (name: string) => c.req.param(name) ?? "";
        const act = actOf(c, spec, audit);
        const request = { registry, scopes: key.scopes, param, act, c, ...parsed };
        const result = await audited(services, act, () =>
          handle(withTally(withAudioQuota(services, key)), request),
        );
        if (schema === undefined || status === 204) return c.body(null, status);
        return c.json(partOf(schema.parse(result), part), status);
      });
    },
  };
}

/** A route without an API key that reports on the service itself. */
export function statusRoute<Reply extends ReplySchema>(
  spec: {
    operationId: string;
    summary: string;
    path: string;
    description: string;
    schema: Reply;
    problems?: readonly Slug[];
  },
  handle: (services: Services) => Promise<View<Reply>>,
): Route {
  const { operationId, summary, path, description, schema, problems = [] } = spec;
  const responses = { 200: reply(description, schema), ...failures([...problems, "not-acceptable"]) };
  return {
    method: "get",
    path,
    definition: {
      ...{ operationId, summary, description: `${description}. No key is needed.` },
      ...{ tags: ["Service"], method: "get", path, security: [], responses },
    },
    mount(app, services) {
      app.get(path, named({ path }), acceptsJson, async (c) => c.json(schema.parse(await handle(services))));
    },
  };
}

/** The speaker that a path names. */
const speakerOf = (path: string, c: Context<Env>): string | undefined =>
  path.startsWith("/speakers/{id}") ? c.req.param("id") : undefined;

function definitionOf<Path extends string>({
  reply: answer,
  input,
  ...spec
}: Spec<Path, unknown, ReplySchema>): RouteConfig {
  const parameters = [
    ...(spec.parameters ?? []),
    ...input.parameters,
    ...(answer.schema ? [fieldsParam] : []),
    ...(input.accepts && spec.idempotent !== false ? [idempotencyKey] : []),
  ];
  const { status = 200, description, schema, headers } = answer;
  const slugs = problemsOf({
    accepts: input.accepts,
    idempotent: spec.idempotent,
    paged: input.parameters.some(({ name }) => name === "cursor"),
    problems: spec.problems,
  });
  const params = paramsOf(spec.path);
  const success = schema ? reply(description, schema) : { description };
  return {
    operationId: spec.operationId,
    summary: spec.summary,
    description: descriptionOf(spec),
    tags: [spec.tag],
    method: spec.method,
    path: spec.path,
    security: bearer,
    ...(parameters.length > 0 ? { parameters } : {}),
    request: { ...(params ? { params } : {}), ...(input.body ? { body: input.body } : {}) },
    responses: { [status]: { ...success, ...(headers ? { headers } : {}) }, ...failures(slugs) },
  };
}

/** What an operation needs, in words. */
export function descriptionOf(spec: { scope: Scopes; details?: string | undefined }): string {
  const scopes = typeof spec.scope === "string" ? [spec.scope] : spec.scope;
  const listed = scopes.map((one) => `\`${one}\``).join(", ");
  const needs =
    scopes.length === SCOPES.length
      ? "Any key may call it."
      : `Needs ${scopes.length > 1 ? "one of the scopes" : "the scope"} ${listed}.`;
  return spec.details === undefined ? needs : `${spec.details} ${needs}`;
}

/** The parameters of a path, as OpenAPI describes them. Undefined without any. */
export function paramsOf(path: string): z.ZodObject | undefined {
  const names = [...path.matchAll(/\{(\w+)\}/g)].flatMap(([, name]) => name ?? []);
  if (names.length === 0) return undefined;
  return z.object(Object.fromEntries(names.map((name) => [name, name === "id" ? idParam : z.string()])));
}

/** Returns an expression that matches the paths of a route. */
export const patternOf = (path: string): RegExp => new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`, "s");

export const routingPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ":$1");
