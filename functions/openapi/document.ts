import { OpenAPIHono } from "@hono/zod-openapi";
import manifest from "../../package.json" with { type: "json" };
import type { Document } from "./complete.ts";

type Head = { title: string; description: string; tags: { name: string; description: string }[] };

/**
 * Returns the OpenAPI 3.1 document of what `register` adds. It needs neither a store nor a model.
 */
export function documentOf(
  { title, description, tags }: Head,
  register: (registry: OpenAPIHono["openAPIRegistry"]) => void,
): Document {
  const app = new OpenAPIHono();
  register(app.openAPIRegistry);
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title,
      version: manifest.version,
      description,
      // The type of zod-openapi lacks the `identifier` of OpenAPI 3.1.
      license: { name: manifest.license, ...{ identifier: manifest.license } },
    },
    servers: [{ url: "/" }],
    tags,
  });
  return JSON.parse(JSON.stringify(document));
}
