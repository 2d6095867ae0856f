import type { Slug } from "../../../lib/error.ts";
import { marked, measuring } from "./emf.ts";
import type { LogEntry } from "./log.ts";

/** What an answer owes to something else than the caller and this program. */
const DEPENDENCY: readonly Slug[] = ["dependency-unavailable", "deadline-exceeded", "storage-unavailable"];

/**
 * The same line of the log, from which CloudWatch takes metrics (emf.ts): Requests and Latency (ms) by Route and StatusClass;
 * DependencyFailures, StoreRetries and StoreContentions over all; Decisions by Operation and Decision.
 */
export function emf<T extends LogEntry>(entry: T, namespace: string) {
  return marked(
    {
      ...entry,
      Route: entry.route === undefined ? "none" : `${entry.method} ${entry.route}`,
      StatusClass: `${Math.floor(entry.status / 100)}xx`,
      Requests: 1,
      Latency: entry.durationMs,
      // Zeros too: an alarm on a metric that stops arriving would not go back to OK.
      DependencyFailures: Number(DEPENDENCY.some((slug) => slug === entry.slug)),
      StoreRetries: entry.retries ?? 0,
      StoreContentions: entry.contentions ?? 0,
      ...(entry.decision === undefined
        ? {}
        : { Operation: operationOf(entry.route), Decision: entry.decision, Decisions: 1 }),
    },
    Date.parse(entry.time),
    [
      measuring(namespace, { counts: ["Requests"], durations: ["Latency"] }, ["Route", "StatusClass"]),
      measuring(namespace, { counts: ["DependencyFailures", "StoreRetries", "StoreContentions"] }),
      ...(entry.decision === undefined
        ? []
        : [measuring(namespace, { counts: ["Decisions"] }, ["Operation", "Decision"])]),
    ],
  );
}

const operationOf = (route: string | undefined): string => (route ?? "").replace("/", "");
