import { z } from "@hono/zod-openapi";
import { statusRoute } from "../http/route.ts";

const Health = z.object({ status: z.literal("ok") }).openapi("Health");
const Readiness = z
  .object({ status: z.literal("ready"), model: z.string(), modelName: z.string() })
  .openapi("Readiness");

export const healthRoute = statusRoute(
  {
    operationId: "health",
    summary: "Check that the process answers",
    path: "/health",
    description: "The process answers",
    schema: Health,
  },
  async () => ({ status: "ok" as const }),
);

export const readyRoute = statusRoute(
  {
    operationId: "ready",
    summary: "Check that the model is loaded and computes the expected values",
    path: "/ready",
    description: "The service is ready",
    schema: Readiness,
    problems: ["model-unavailable", "overloaded", "deadline-exceeded", "internal-error"],
  },
  async ({ embedder }) => {
    await embedder.check();
    return { status: "ready" as const, model: embedder.model.modelId, modelName: embedder.model.name };
  },
);
