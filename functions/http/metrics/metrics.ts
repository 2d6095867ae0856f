import type { Slug } from "../../../lib/error.ts";
import { directive, withMetrics } from "./emf.ts";
import type { LogEntry } from "./log.ts";

/** Failures that neither the caller nor this program caused. */
const DEPENDENCY: readonly Slug[] = ["dependency-unavailable", "deadline-exceeded", "storage-unavailable"];

/**
 * Adds metrics to a log line (emf.ts): Requests and Latency (ms) by Route and StatusClass;
 * DependencyFailures, ModelFailures, StoreRetries and StoreContentions without dimensions;
 * Decisions by Operation and Decision.
 */
export function emf<T extends LogEntry>(entry: T, namespace: string) {
  return withMetrics(
    {
      ...entry,
      Route: entry.route === undefined ? "none" : `${entry.method} ${entry.route}`,
      StatusClass: `${Math.floor(entry.status / 100)}xx`,
      Requests: entry.requests ?? 1,
      Latency: entry.durationMs,
      // Zeros as well: an alarm doesn't return to OK if its metric stops arriving.
      DependencyFailures: Number(DEPENDENCY.some((slug) => slug === entry.slug)),
      ModelFailures: Number(entry.slug === "model-unavailable"),
      StoreRetries: entry.retries ?? 0,
      StoreContentions: entry.contentions ?? 0,
      ...(entry.decision === undefined
        ? {}
        : { Operation: operationOf(entry.route), Decision: entry.decision, Decisions: 1 }),
    },
    Date.parse(entry.time),
    [
      directive(namespace, { counts: ["Requests"], durations: ["Latency"] }, ["Route", "StatusClass"]),
      directive(namespace, {
        counts: ["DependencyFailures", "ModelFailures", "StoreRetries", "StoreContentions"],
      }),
      ...(entry.decision === undefined
        ? []
        : [directive(namespace, { counts: ["Decisions"] }, ["Operation", "Decision"])]),
    ],
  );
}

const operationOf = (route: string | undefined): string => (route ?? "").replace("/", "");
