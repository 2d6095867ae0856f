import type { Trace } from "../env.ts";

export type LogEntry = {
  time: string;
  /** "error" for a 5xx, "warn" for a 4xx, otherwise "info". */
  level: "error" | "info" | "warn";
  requestId: string;
  /** How many requests this line counts (replies/refusals.ts). Undefined: one. */
  requests: number | undefined;
  method: string;
  /** The route's pattern. Undefined for an unknown route. */
  route: string | undefined;
  status: number;
  slug: string | undefined;
  durationMs: number;
  /** The client's address. Only your own server knows it. */
  peer: string | undefined;
  /** The size of the request's body. Undefined: none was read. */
  bytes: number | undefined;
  /** Seconds of audio that the request embedded. Undefined: none. */
  audioSeconds: number | undefined;
  /** Milliseconds for which the request waited for embeddings. Undefined: it needed none. */
  modelMs: number | undefined;
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
  const { requestId, route, peer, bytes, slug, registryId, speakerUid, keyId, decision, tally, error } =
    trace;
  log({
    time: request.time,
    level: request.status >= 500 ? "error" : request.status >= 400 ? "warn" : "info",
    requestId,
    requests: request.requests,
    method: request.method,
    route,
    status: request.status,
    slug,
    durationMs: toTenths(performance.now() - request.start),
    peer,
    bytes,
    audioSeconds: toTenths(tally.audioSeconds) || undefined,
    modelMs: toTenths(tally.modelMs) || undefined,
    registry: registryId,
    speaker: speakerUid,
    key: keyId,
    decision,
    contentions: tally.contentions || undefined,
    retries: tally.retries || undefined,
    error: error instanceof Error ? stackOf(error) : undefined,
  });
}

const toTenths = (value: number): number => Math.round(value * 10) / 10;

const stackOf = (error: Error): string =>
  [error.stack ?? error.message, error.cause instanceof Error ? error.cause.stack : undefined]
    .filter(Boolean)
    .join("\ncaused by ");
