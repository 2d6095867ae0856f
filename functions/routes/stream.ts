import { availableParallelism } from "node:os";
import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { AppError, overloaded } from "../../lib/error.ts";
import { StreamEvent, StreamStart } from "../../lib/schema/stream.ts";
import type { Env } from "../http/env.ts";
import { authorized, bearerOf, type Scopes, scoped } from "../http/guard/auth.ts";
import { callerOf } from "../http/guard/caller.ts";
import { named } from "../http/guard/guard.ts";
import { rateLimited } from "../http/guard/limits.ts";
import { keyInSubprotocol } from "../http/guard/socket-key.ts";
import { bearer, callerIdHeader } from "../http/replies/describe.ts";
import { failures, problemsOf } from "../http/replies/failures.ts";
import { descriptionOf, type Route } from "../http/route.ts";
import { streamSocket } from "./stream-socket.ts";

const SCOPES: Scopes = ["verify", "identify"];
const PATH = "/stream";
/** Streams at the same time, for each embedding thread. More would be late. */
const STREAMS_PER_THREAD = 40;

const SPEC = {
  operationId: "stream",
  summary: "Hear who speaks, while they speak (WebSocket)",
  details:
    'Send `StreamStart` as text, then audio in binary messages of up to 64 KiB, and `{"type": "end"}` after the ' +
    "last one. You get `StreamEvent`s as text. Pages, which can't set headers, send a token as the subprotocol " +
    "`bearer.vt_...` beside `voiceroll.v1`. Each turn is stored as one decision.",
  scope: SCOPES,
};

const EXAMPLE = {
  ...{
    type: "speaker",
    turn: 2,
    at: 14.73,
    speaker: "alice",
    decision: "accept",
    reasons: ["above_threshold"],
  },
  ...{ final: false, secondsHeard: 1.25, score: 0.5312, threshold: 0.4107, decisionId: null },
};

/** `GET /stream`: becomes a WebSocket, on hosts that have them. */
export const streamRoute: Route = {
  method: "get",
  path: PATH,
  definition: {
    ...{ operationId: SPEC.operationId, summary: SPEC.summary, description: descriptionOf(SPEC) },
    ...{ tags: ["Decisions"], method: "get", path: PATH, security: bearer },
    parameters: [callerIdHeader],
    responses: {
      101: {
        description:
          "The connection is a WebSocket now. Its texts are the start that you send, and the events.",
        content: { "application/json": { schema: z.union([StreamStart, StreamEvent]), example: EXAMPLE } },
      },
      ...failures(problemsOf({ isJson: false, problems: ["upgrade-required"] })),
    },
  },
  mount(app, services) {
    let open = 0;
    const most = STREAMS_PER_THREAD * Math.max(1, availableParallelism() - 1);
    const guards = [
      named({ path: PATH }),
      authorized(services, (c) => bearerOf(c) ?? keyInSubprotocol(c)),
      scoped(SCOPES),
      rateLimited(services),
    ];
    app.on("GET", [PATH], ...guards, (c: Context<Env>) => {
      const { upgrade } = c.env;
      if (!upgrade) throw upgradeRequired();
      if (open >= most) throw overloaded();
      const { key, registry, token } = c.var;
      const context = { key, registry, token, caller: callerOf(c) };
      upgrade((socket) => {
        open += 1;
        return streamSocket(services, context, socket, () => {
          open -= 1;
        });
      });
      return c.body(null, 200);
    });
  },
};

const upgradeRequired = (): AppError =>
  new AppError(
    "upgrade-required",
    "This path is a WebSocket. Connect to it at ws:// or wss://, on your own server: functions on AWS have none.",
  );
