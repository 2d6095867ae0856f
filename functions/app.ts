import { OpenAPIHono } from "@hono/zod-openapi";
import { type Context, Hono } from "hono";
import { AppError } from "../lib/error.ts";
import type { Services } from "../lib/ports/services.ts";
import { definitions } from "./definitions.ts";
import type { Env } from "./http/env.ts";
import { smallHead } from "./http/guard/limits.ts";
import type { Log } from "./http/metrics/log.ts";
import { answer } from "./http/replies/answer.ts";
import { problem } from "./http/replies/problem.ts";
import { openApiDocument } from "./openapi.ts";
import {
  activateCalibrationRoute,
  calibrateRoute,
  listCalibrationsRoute,
  readCalibrationRoute,
} from "./routes/calibrations.ts";
import { deleteClipRoute, listClipsRoute } from "./routes/clips.ts";
import {
  activateCohortRoute,
  buildCohortRoute,
  listCohortsRoute,
  readCohortRoute,
} from "./routes/cohorts.ts";
import { compareRoute } from "./routes/compare.ts";
import { readDecisionRoute } from "./routes/decisions.ts";
import { docsPaths, docsRoutes } from "./routes/docs.ts";
import { enrollRoute } from "./routes/enroll.ts";
import { eraseSpeakerRoute, optOutRoute, resetSpeakerRoute } from "./routes/erase-speaker.ts";
import { putGroupRoute, putMembersRoute, readGroupRoute, readMembersRoute } from "./routes/groups.ts";
import { healthRoute, readyRoute } from "./routes/health.ts";
import { identifyRoute } from "./routes/identify.ts";
import { readJobRoute, startJobRoute } from "./routes/jobs.ts";
import { listSpeakersRoute, readSpeakerRoute } from "./routes/speakers.ts";
import { updateSpeakerRoute } from "./routes/update-speaker.ts";
import { uploadContentPath, uploadContentRoute } from "./routes/upload-content.ts";
import { openUploadRoute, readUploadRoute } from "./routes/uploads.ts";
import { verifyRoute } from "./routes/verify.ts";

export type AppOptions = {
  log: Log;
  /** An answer comes within it, whatever hangs; 30 s where not given. */
  deadlineMs?: number;
  /** Nothing more is asked of other services after it: for processes that are frozen once they have answered. */
  stopAtDeadline?: boolean;
};

/**
 * The whole API; knows no runtime and no adapter.
 * options  a function of the runtime's bindings where each request has its own, as on Lambda
 */
export function createApp<Bindings>(
  services: Services,
  options: AppOptions | ((bindings: Bindings) => AppOptions),
): Hono {
  const routed = routedApp(services);
  const optionsOf = typeof options === "function" ? options : () => options;
  return new Hono().all("*", (c) =>
    answer(services, routed, c.req.raw, { deadlineMs: 30_000, ...optionsOf(c.env as Bindings) }),
  );
}

function routedApp(services: Services): Hono<Env> {
  const app = new OpenAPIHono<Env>();
  app.use(smallHead);
  const routes = [
    enrollRoute(services),
    listSpeakersRoute(services),
    readSpeakerRoute(services),
    updateSpeakerRoute(services),
    eraseSpeakerRoute(services),
    listClipsRoute(services),
    deleteClipRoute(services),
    resetSpeakerRoute(services),
    optOutRoute(services),
    verifyRoute(services),
    identifyRoute(services),
    compareRoute(services),
    readDecisionRoute(services),
    readGroupRoute(services),
    putGroupRoute(services),
    readMembersRoute(services),
    putMembersRoute(services),
    calibrateRoute(services),
    buildCohortRoute(services),
    listCohortsRoute(services),
    activateCohortRoute(services),
    readCohortRoute(services),
    listCalibrationsRoute(services),
    activateCalibrationRoute(services),
    readCalibrationRoute(services),
    openUploadRoute(services),
    readUploadRoute(services),
    startJobRoute(services),
    readJobRoute(services),
    ...(services.uploadFiles.receive ? [uploadContentRoute(services)] : []),
    healthRoute(),
    readyRoute(services),
    docsRoutes(openApiDocument()),
  ];
  for (const route of routes) app.route("/", route);
  app.onError((error, c) => refused(c, error));
  app.notFound((c) => {
    const methods = methodsAt(services, c.req.path);
    if (methods.length === 0)
      return refused(c, new AppError("route-not-found", "No such route; GET /docs lists them."));
    c.header("Allow", methods.join(", "));
    return refused(c, new AppError("method-not-allowed", `This route takes ${methods.join(", ")}.`));
  });
  return app;
}

function refused(c: Context<Env>, error: unknown): Response {
  const { body, status, headers } = problem(c.env.trace, error);
  return c.body(body, status, headers);
}

const known = [
  ...definitions.map(({ method, path }) => ({ method: method.toUpperCase(), path })),
  ...docsPaths.map((path) => ({ method: "GET", path })),
].map(({ method, path }) => ({ method, pattern: patternOf(path) }));
const uploadContent = { method: "POST", pattern: patternOf(uploadContentPath) };

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`, "s");
}

function methodsAt({ uploadFiles }: Services, path: string): string[] {
  const here = uploadFiles.receive ? [...known, uploadContent] : known;
  const methods = here.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
  return [...new Set(methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])))];
}
