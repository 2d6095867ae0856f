import type { Hono } from "hono";
import { within } from "../../../lib/deadline.ts";
import { AppError } from "../../../lib/error.ts";
import { makeId } from "../../../lib/id.ts";
import type { Services } from "../../../lib/ports/services.ts";
import { inSpan, type Span } from "../../../lib/span.ts";
import { noTally, tallied } from "../../../lib/tally.ts";
import { inContext } from "../../../lib/work-context.ts";
import type { Deadline, Env, Gate, Trace, Upgrade } from "../env.ts";
import { type Log, logged } from "../metrics/log.ts";
import { problem } from "./problem.ts";

type AnswerOptions = {
  log: Log;
  deadlineMs: number;
  stopAtDeadline?: boolean;
  /** Limits the requests with audio that run at the same time. Undefined: no limit. */
  gate?: Gate | undefined;
  clientUrl?: ((headers: Headers) => string) | undefined;
  peer?: string | undefined;
  metrics?: (() => Promise<string>) | undefined;
  upgrade?: Upgrade | undefined;
  span?: Span | undefined;
};

/** The headers of every reply, unless it has others of the same names. */
export const commonHeaders = (requestId: string) => ({
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "X-Request-Id": requestId,
});

/**
 * Runs one request through the app. It gives the request an ID, replies within `deadlineMs` even if
 * a service hangs, and logs one line.
 *
 * The app runs in its own context, so a request continues after the deadline, and its
 * Idempotency-Key then returns the result. With `stopAtDeadline`, no call to another service starts
 * after the deadline (lib/deadline.ts).
 */
export async function answer(
  services: Pick<Services, "clock" | "random">,
  app: Hono<Env>,
  request: Request,
  { log, deadlineMs, stopAtDeadline = false, gate, clientUrl, peer, metrics, upgrade, span }: AnswerOptions,
): Promise<Response> {
  const [time, start] = [services.clock.now().toISOString(), performance.now()];
  const trace: Trace = {
    peer,
    requestId: makeId("req", services.random.bytes(16)),
    tally: noTally(),
  };
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const [over, abandoned] = [new AbortController(), new AbortController()];
  const deadline = startDeadline(deadlineMs, () => {
    resolve(undefined);
    abandoned.abort();
    if (stopAtDeadline) over.abort();
  });
  const abandon = () => abandoned.abort();
  request.signal.addEventListener("abort", abandon);
  const context = { owner: trace.requestId, signal: abandoned.signal };
  const work = () =>
    app.fetch(request, {
      ...{ trace, gate, deadline, metrics, upgrade },
      clientUrl: clientUrl?.(request.headers),
    });
  const measured = () => inSpan(span, () => tallied(trace.tally, work));
  const answered = within(over.signal, () => inContext(context, measured));
  const reply = (await Promise.race([answered, late])) ?? lateReply(trace, deadlineMs);
  deadline.pause();
  // The runtime keeps a request's signal, and so everything that a listener refers to.
  request.signal.removeEventListener("abort", abandon);
  for (const [name, value] of Object.entries(commonHeaders(trace.requestId)))
    if (!reply.headers.has(name)) reply.headers.set(name, value);
  logged(log, trace, { method: request.method, time, start, status: reply.status });
  return reply;
}

/**
 * Calls `onOver` once it has run for `ms` without a pause; `resume` starts it from the beginning.
 */
function startDeadline(ms: number, onOver: () => void): Deadline {
  let timer = setTimeout(onOver, ms);
  return {
    pause: () => clearTimeout(timer),
    resume: () => {
      clearTimeout(timer);
      timer = setTimeout(onOver, ms);
    },
  };
}

function lateReply(trace: Trace, deadlineMs: number): Response {
  const seconds = deadlineMs / 1000;
  const detail = `The request took longer than ${seconds} seconds. Try again with the same Idempotency-Key.`;
  const { body, ...init } = problem(trace, new AppError("deadline-exceeded", detail));
  return new Response(body, init);
}
