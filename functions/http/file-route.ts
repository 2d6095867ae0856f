import type { Context } from "hono";
import { audited } from "../../lib/domain/audit/record.ts";
import type { Slug } from "../../lib/error.ts";
import type { Registry } from "../../lib/ports/registry.ts";
import type { Services } from "../../lib/ports/services.ts";
import type { Env } from "./env.ts";
import { actOf } from "./guard/act.ts";
import { authorized, type Scopes, scoped } from "./guard/auth.ts";
import { named } from "./guard/guard.ts";
import { rateLimited } from "./guard/limits.ts";
import { bearer } from "./replies/describe.ts";
import { failures, problemsOf } from "./replies/failures.ts";
import { descriptionOf, type ParamNames, paramsOf, type Route, routingPath } from "./route.ts";

type FileSpec<Path extends string> = {
  operationId: string;
  summary: string;
  tag: string;
  path: Path;
  scope: Scopes;
  description: string;
  /** The problems of the operation itself. */
  problems: readonly Slug[];
  /** What the OpenAPI document names as the type of the reply. */
  mediaTypes: readonly string[];
};
type FileRequest<Path extends string> = { registry: Registry; param(name: ParamNames<Path>): string };
type File = { bytes: Uint8Array; mediaType: string; name: string };

/** A route under an API key that replies with a file. The audit log has each request. */
export function fileRoute<Path extends string>(
  spec: FileSpec<Path>,
  handle: (services: Services, request: FileRequest<Path>) => Promise<File>,
): Route {
  const { operationId, summary, tag, path, description, mediaTypes, problems } = spec;
  const params = paramsOf(path);
  const content = Object.fromEntries(
    mediaTypes.map((type) => [type, { schema: { type: "string" as const, format: "binary" } }]),
  );
  return {
    method: "get",
    path,
    definition: {
      ...{ operationId, summary, description: descriptionOf(spec), tags: [tag] },
      ...{ method: "get", path, security: bearer },
      request: params ? { params } : {},
      responses: {
        200: { description, content },
        ...failures(problemsOf({ isJson: false, problems: ["write-contention", ...problems] })),
      },
    },
    mount(app, services) {
      const guards = [named(spec), authorized(services), scoped(spec.scope), rateLimited(services)];
      app.on("GET", [routingPath(path)], ...guards, async (c: Context<Env>) => {
        const { registry } = c.var;
        const param = (name: string) => c.req.param(name) ?? "";
        const act = actOf(c, spec, "changes");
        const file = await audited(services, act, () => handle(services, { registry, param }));
        return c.body(new Uint8Array(file.bytes), 200, {
          "Content-Type": file.mediaType,
          "Content-Disposition": `attachment; filename="${file.name}"`,
          // A recording is a client's file: no page may run what it contains.
          "Content-Security-Policy": "default-src 'none'; sandbox",
        });
      });
    },
  };
}
