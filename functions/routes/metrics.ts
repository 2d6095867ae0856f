import { z } from "@hono/zod-openapi";
import { AppError } from "../../lib/error.ts";
import { authorized, scoped } from "../http/guard/auth.ts";
import { named } from "../http/guard/guard.ts";
import { rateLimited } from "../http/guard/limits.ts";
import { bearer } from "../http/replies/describe.ts";
import { failures, problemsOf } from "../http/replies/failures.ts";
import type { Route } from "../http/route.ts";

/** The text format of Prometheus 0.0.4, which every version can read. */
const MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8";
const path = "/metrics";

/**
 * The metrics of the whole process, of all registries together. They contain counts and no ID of a
 * registry, speaker or key.
 */
export const metricsRoute: Route = {
  method: "get",
  path,
  definition: {
    operationId: "metrics",
    summary: "Read the server's metrics",
    description:
      "Returns counts and durations of all registries together, in the text format of Prometheus. Only your own " +
      "server has this route: a deployment on AWS sends its metrics to CloudWatch.",
    tags: ["Service"],
    method: "get",
    path,
    security: bearer,
    responses: {
      200: { description: "The metrics", content: { "text/plain": { schema: z.string() } } },
      ...failures(problemsOf({ isJson: false, problems: ["route-not-found"] })),
    },
  },
  mount(app, services) {
    const guards = [named({ path }), authorized(services), scoped("metrics:read"), rateLimited(services)];
    app.on("GET", [path], ...guards, async (c) => {
      const { metrics } = c.env;
      if (!metrics)
        throw new AppError(
          "route-not-found",
          "This deployment has no GET /metrics. On AWS, metrics are in CloudWatch.",
        );
      return c.body(await metrics(), 200, { "Content-Type": MEDIA_TYPE });
    });
  },
};
