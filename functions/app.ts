import { type Context, Hono } from "hono";
import { AppError } from "../lib/error.ts";
import { once } from "../lib/once.ts";
import type { Services } from "../lib/ports/services.ts";
import type { Span } from "../lib/span.ts";
import { azureRoute } from "./compat/azure.ts";
import { voiceIdOutputRoute, voiceIdRoute } from "./compat/voice-id.ts";
import type { Env, Gate, Upgrade } from "./http/env.ts";
import { crossOrigin } from "./http/guard/cross-origin.ts";
import { smallHead } from "./http/guard/limits.ts";
import type { Log } from "./http/metrics/log.ts";
import { answer } from "./http/replies/answer.ts";
import { problem } from "./http/replies/problem.ts";
import { patternOf, type Route } from "./http/route.ts";
import { apiRoutes } from "./routes/all.ts";
import { consoleRoutes } from "./routes/console.ts";
import { docsRoutes } from "./routes/docs.ts";
import { uploadContentRoute } from "./routes/upload-content.ts";

/** Making one takes as long as opening the model, and most processes are never asked for it. */
const documents = {
  own: once(async () => (await import("./openapi.ts")).openApiDocument()),
  compat: once(async () => (await import("./compat-openapi.ts")).compatDocument()),
};

/** APIs of other services, for programs that come from there. */
const compatRoutes = [azureRoute, voiceIdRoute, voiceIdOutputRoute];

export type AppOptions = {
  log: Log;
  /** Every request is answered within this time, even if a service hangs. 30 s by default. */
  deadlineMs?: number;
  /**
   * Starts no call to another service after the deadline. For a process that is frozen after it has
   * answered.
   */
  stopAtDeadline?: boolean;
  /** Limits the requests with audio that run at the same time. Undefined: no limit. */
  gate?: Gate;
  /** Returns the URL at which the client of a request reaches the service. */
  clientUrl?: (headers: Headers) => string;
  /** The client's address, for the log. */
  peer?: string | undefined;
  /** Returns the process's metrics as text for Prometheus. Undefined: `GET /metrics` is 404. */
  metrics?: () => Promise<string>;
  /** Turns the request into a WebSocket. Undefined: the host can't, or it doesn't ask for one. */
  upgrade?: Upgrade | undefined;
  /** Measures the parts of the request. Whoever started it ends it. */
  span?: Span | undefined;
};

/**
 * Returns the whole API, without a runtime and adapters of its own.
 *
 * options      a function of the runtime's bindings, if each request has its own options, as on
 *              Lambda
 * corsOrigins  web origins whose pages may call the API; `*`: all. Without any, none may
 */
export function createApp<Bindings>(
  services: Services,
  options: AppOptions | ((bindings: Bindings) => AppOptions),
  { corsOrigins = [] }: { corsOrigins?: readonly string[] | undefined } = {},
): Hono {
  const routed = routedApp(services);
  const optionsOf = typeof options === "function" ? options : () => options;
  const app = new Hono();
  if (corsOrigins.length > 0) app.use(crossOrigin(corsOrigins));
  return app.all("*", (c) =>
    answer(services, routed, c.req.raw, { deadlineMs: 30_000, ...optionsOf(c.env as Bindings) }),
  );
}

function routedApp(services: Services): Hono<Env> {
  const app = new Hono<Env>();
  app.use(smallHead);
  const routes = [
    ...apiRoutes,
    ...compatRoutes,
    ...(services.uploadFiles.receive ? [uploadContentRoute] : []),
    ...docsRoutes(documents),
    ...consoleRoutes,
  ];
  for (const route of routes) route.mount(app, services);
  app.onError((error, c) => problemReply(c, error));
  app.notFound((c) => {
    const methods = methodsAt(routes, c.req.path);
    if (methods.length === 0)
      return problemReply(
        c,
        new AppError("route-not-found", "This route doesn't exist. See GET /docs for all routes."),
      );
    c.header("Allow", methods.join(", "));
    return problemReply(c, new AppError("method-not-allowed", `This route accepts ${methods.join(", ")}.`));
  });
  return app;
}

function problemReply(c: Context<Env>, error: unknown): Response {
  const { body, status, headers } = problem(c.env.trace, error);
  return c.body(body, status, headers);
}

function methodsAt(routes: readonly Route[], path: string): string[] {
  const methods = routes
    .filter((route) => patternOf(route.path).test(path))
    .map(({ method }) => method.toUpperCase());
  return [...new Set(methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])))];
}
