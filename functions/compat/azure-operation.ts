import type { z } from "@hono/zod-openapi";
import type { Services } from "../../lib/ports/services.ts";
import type { AzurePath } from "./azure-shapes.ts";
import type { CompatRequest, Operation } from "./dialect.ts";

/** An operation of Azure with what the OpenAPI document says about it. */
export type AzureOperation = Omit<Operation, "handle" | "route"> & {
  /** Azure's name of the operation. */
  name: string;
  summary: string;
  method: "DELETE" | "GET" | "POST";
  /**
   * The path after `text-independent/`, as version 2021-09-05 writes it. Version 2.0 has `/`
   * instead of `:`.
   */
  path: string;
  query?: z.ZodObject;
  /** The schema of a JSON body, or "audio". */
  body?: z.ZodType | "audio";
  status: 200 | 201 | 204;
  /** Undefined for a reply without a body. v2: version 2.0 */
  reply?: (v2: boolean) => z.ZodType<object>;
  handle(services: Services, request: CompatRequest & { path: AzurePath }): Promise<object | undefined>;
};

/** Returns the operation for one request. It sends only the fields of its reply's schema. */
export const operationAt = (
  { path: template, status, reply, handle, ...spec }: AzureOperation,
  path: AzurePath,
): Operation => ({
  ...spec,
  route: `/compat/azure/${template}`,
  async handle(services, request) {
    const result = await handle(services, { ...request, path });
    if (!reply || status === 204) return request.c.body(null, 204);
    return request.c.json(reply(path.v2).parse(result), status);
  },
});

/** Returns an expression for the path after `text-independent/` that accepts both versions. */
export const patternOfPath = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll(":", "[:/]").replace(/\{(\w+)\}/g, "(?<$1>[^:/]+)")}$`);
