import type { Slug } from "../../lib/error.ts";
import type { LogEntry } from "./log.ts";

type Unit = "Count" | "Milliseconds";
type Directive = {
  Namespace: string;
  /** Each list makes one metric per value of its members; the empty list, one metric for all. */
  Dimensions: readonly (readonly string[])[];
  Metrics: readonly { Name: string; Unit: Unit }[];
};
/** Adds to a line what CloudWatch reads metrics from. */
export type Emf<T> = T & { _aws: { Timestamp: number; CloudWatchMetrics: readonly Directive[] } };

/** What an answer owes to something else than the caller and this program. */
const DEPENDENCY: readonly Slug[] = ["dependency-unavailable", "deadline-exceeded", "storage-unavailable"];

/**
 * The same line of the log, from which CloudWatch takes metrics without a call of ours: Requests and Latency (ms) by Route and
 * StatusClass; DependencyFailures, StoreRetries and StoreContentions over all; Decisions by Operation and Decision. Neither a
 * registry nor a speaker nor a key is a dimension: it would make a metric, and a bill, for each.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function emf<T extends LogEntry>(entry: T, namespace: string) {
  const count = (names: readonly string[], dimensions: readonly string[] = []): Directive => ({
    Namespace: namespace,
    Dimensions: [dimensions],
    Metrics: names.map((Name) => ({ Name, Unit: "Count" })),
  });
  const requests: Directive = {
    Namespace: namespace,
    Dimensions: [["Route", "StatusClass"]],
    Metrics: [
      { Name: "Requests", Unit: "Count" },
      { Name: "Latency", Unit: "Milliseconds" },
    ],
  };
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
      requests,
      count(["DependencyFailures", "StoreRetries", "StoreContentions"]),
      ...(entry.decision === undefined ? [] : [count(["Decisions"], ["Operation", "Decision"])]),
    ],
  );
}

const marked = <T extends object>(
  line: T,
  Timestamp: number,
  CloudWatchMetrics: readonly Directive[],
): Emf<T> => ({ ...line, _aws: { Timestamp, CloudWatchMetrics } });

const operationOf = (route: string | undefined): string => (route ?? "").replace("/", "");
