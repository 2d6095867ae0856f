import { overloaded } from "../../../lib/error.ts";
import { makeId } from "../../../lib/id.ts";
import type { Services } from "../../../lib/ports/services.ts";
import { noTally } from "../../../lib/tally.ts";
import type { Trace } from "../env.ts";
import { type Log, logged } from "../metrics/log.ts";
import { commonHeaders } from "./answer.ts";
import { problem } from "./problem.ts";

/** How long the refusals of a route share a reply. */
const WINDOW_MS = 1000;

export type Refusal = { status: number; headers: Readonly<Record<string, string>>; body: Buffer };
export type Refusals = {
  /** Counts a refused request and returns its reply. */
  next(method: string, route: string): Refusal;
  /** Logs the refusals that are counted but not yet logged. */
  flush(): void;
};

type Window = { refusal: Refusal; requests: number; log(requests: number): void };

/**
 * Makes the 503 `overloaded` replies of a full server. So that a flood costs little, the refusals
 * of a route within a second share one reply, with one request ID, and one log line that counts
 * them.
 */
export function refusals(services: Pick<Services, "clock" | "random">, log: Log): Refusals {
  const windows = new Map<string, Window>();
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    for (const window of windows.values()) window.log(window.requests);
    windows.clear();
  };
  return {
    flush,
    next(method, route) {
      const key = `${method} ${route}`;
      const window = windows.get(key) ?? openWindow(services, log, { method, route });
      windows.set(key, window);
      window.requests += 1;
      timer ??= setTimeout(flush, WINDOW_MS).unref();
      return window.refusal;
    },
  };
}

function openWindow(
  services: Pick<Services, "clock" | "random">,
  log: Log,
  { method, route }: { method: string; route: string },
): Window {
  const time = services.clock.now().toISOString();
  const requestId = makeId("req", services.random.bytes(16));
  const trace: Trace = { requestId, tally: noTally(), route };
  const { status, headers, body: text } = problem(trace, overloaded());
  const body = Buffer.from(text);
  return {
    refusal: {
      status,
      headers: { ...headers, ...commonHeaders(requestId), "Content-Length": String(body.length) },
      body,
    },
    requests: 0,
    // The refusals themselves take no time that is worth measuring.
    log: (requests) => logged(log, trace, { method, time, start: performance.now(), status, requests }),
  };
}
