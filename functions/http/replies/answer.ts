import type { Hono } from "hono";
import { within } from "../../../lib/deadline.ts";
import { AppError } from "../../../lib/error.ts";
import { makeId } from "../../../lib/id.ts";
import type { Services } from "../../../lib/ports/services.ts";
import { tallied } from "../../../lib/tally.ts";
import type { Env, Trace } from "../env.ts";
import { type Log, logged } from "../metrics/log.ts";
import { problem } from "./problem.ts";

const HEADERS = { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" };

/**
 * One request through the app: an id, an answer within `deadlineMs` whatever hangs, one line in the log. The app runs in
 * a context of its own, so what was begun goes on after the deadline and its Idempotency-Key then gives the result; with
 * `stopAtDeadline` no call to another service begins after it (lib/deadline.ts).
 */
export async function answer(
  services: Pick<Services, "clock" | "random">,
  app: Hono<Env>,
  request: Request,
  { log, deadlineMs, stopAtDeadline = false }: { log: Log; deadlineMs: number; stopAtDeadline?: boolean },
): Promise<Response> {
  const [time, start] = [services.clock.now().toISOString(), performance.now()];
  const trace: Trace = {
    requestId: makeId("req", services.random.bytes(16)),
    tally: { contentions: 0, retries: 0 },
  };
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const over = new AbortController();
  const timer = setTimeout(() => {
    resolve(undefined);
    if (stopAtDeadline) over.abort();
  }, deadlineMs);
  const asked = within(over.signal, () => tallied(trace.tally, () => app.fetch(request, { trace })));
  const reply = (await Promise.race([asked, late])) ?? lateReply(trace, deadlineMs);
  clearTimeout(timer);
  for (const [name, value] of Object.entries(HEADERS)) reply.headers.set(name, value);
  reply.headers.set("X-Request-Id", trace.requestId);
  logged(log, trace, { method: request.method, time, start, status: reply.status });
  return reply;
}

function lateReply(trace: Trace, deadlineMs: number): Response {
  const detail = `No answer within ${deadlineMs / 1000} s; try again later, with the same Idempotency-Key.`;
  const { body, ...init } = problem(trace, new AppError("deadline-exceeded", detail));
  return new Response(body, init);
}
