import { failures } from "../http/replies/describe.ts";
import { Health, Readiness } from "../http/replies/replies.ts";
import { statusRoute } from "../http/route.ts";

export const healthRoute = statusRoute(
  {
    operationId: "health",
    summary: "Check that the process answers",
    path: "/health",
    description: "The process answers",
    schema: Health,
  },
  async () => ({ status: "ok" }),
);

export const readyRoute = statusRoute(
  {
    operationId: "ready",
    summary: "Check that the model is loaded and computes the expected values",
    path: "/ready",
    description: "The service is ready",
    schema: Readiness,
    failures: { 503: failures[503] },
  },
  async ({ embedder }) => {
    await embedder.check();
    return { status: "ready", model: embedder.model.modelId, modelName: embedder.model.name };
  },
);
