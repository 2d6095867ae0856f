import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import type { Services } from "../../lib/ports/services.ts";
import type { Env } from "../http/env.ts";
import { named } from "../http/guard/guard.ts";
import { acceptsJson } from "../http/guard/media-type.ts";
import { failures, reply } from "../http/replies/describe.ts";
import { Health, Readiness } from "../http/replies/replies.ts";

export const healthDefinition = createRoute({
  operationId: "health",
  summary: "The process answers",
  tags: ["Service"],
  method: "get",
  path: "/health",
  responses: { 200: reply("Alive", Health) },
});

export const readyDefinition = createRoute({
  operationId: "ready",
  summary: "The model is loaded and gives what it gave when it was measured",
  tags: ["Service"],
  method: "get",
  path: "/ready",
  responses: { 200: reply("Ready", Readiness), 503: failures[503] },
});

export function healthRoute() {
  const middleware = [named(healthDefinition), acceptsJson];
  return new OpenAPIHono<Env>().openapi({ ...healthDefinition, middleware }, (c) =>
    c.json(Health.parse({ status: "ok" }), 200),
  );
}

export function readyRoute(services: Pick<Services, "embedder">) {
  const middleware = [named(readyDefinition), acceptsJson];
  return new OpenAPIHono<Env>().openapi({ ...readyDefinition, middleware }, async (c) => {
    await services.embedder.check();
    const { modelId, name } = services.embedder.model;
    return c.json(Readiness.parse({ status: "ready", model: modelId, modelName: name }), 200);
  });
}
