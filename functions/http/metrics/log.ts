import type { Trace } from "../env.ts";

export type LogEntry = {
  time: string;
  requestId: string;
  /** How many requests this line counts (replies/refusals.ts). Undefined: one. */
  requests: number | undefined;
  method: string;
  /** The route's pattern. Undefined for an unknown route. */
  route: string | undefined;
  status: number;
  slug: string | undefined;
  durationMs: number;
  registry: string | undefined;
  /** The generated ID, never the client's own ID of the speaker. */
  speaker: string | undefined;
  key: string | undefined;
  decision: string | undefined;
  /** Commits that were repeated because of a concurrent write. Undefined: none. */
  contentions: number | undefined;
  /** Calls to a store that were retried. Undefined: none. */
  retries: number | undefined;
  /** For a 5xx only. */
  error: string | undefined;
};
export type Log = (entry: LogEntry) => void;

/**
 * Logs one line for a request, or for several that were refused at capacity. It contains no URL,
 * header or body, so no key and no audio.
 */
export function logged(
  log: Log,
  trace: Trace,
  request: { method: string; time: string; start: number; status: number; requests?: number },
): void {
  const { requestId, route, slug, registryId, speakerUid, keyId, decision, tally, error } = trace;
  log({
    time: request.time,
    requestId,
    requests: request.requests,
    method: request.method,
    route,
    status: request.status,
    slug,
    durationMs: Math.round((performance.now() - request.start) * 10) / 10,
    registry: registryId,
    speaker: speakerUid,
    key: keyId,
    decision,
    contentions: tally.contentions || undefined,
    retries: tally.retries || undefined,
    error: error instanceof Error ? stackOf(error) : undefined,
  });
}

const stackOf = (error: Error): string =>
  [error.stack ?? error.message, error.cause instanceof Error ? error.cause.stack : undefined]
    .filter(Boolean)
    .join("\ncaused by ");
