/**
 * Log lines from which CloudWatch takes metrics without a call of ours. No registry, speaker or key is a dimension: it would
 * make a metric, and a bill, for each.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
type Unit = "Count" | "Milliseconds";
export type Directive = {
  Namespace: string;
  /** Each list makes one metric per value of its members; the empty list, one metric for all. */
  Dimensions: readonly (readonly string[])[];
  Metrics: readonly { Name: string; Unit: Unit }[];
};
/** Adds to a line what CloudWatch reads metrics from. */
export type Emf<T> = T & { _aws: { Timestamp: number; CloudWatchMetrics: readonly Directive[] } };

/** at: epoch milliseconds */
export const marked = <T extends object>(
  line: T,
  at: number,
  CloudWatchMetrics: readonly Directive[],
): Emf<T> => ({ ...line, _aws: { Timestamp: at, CloudWatchMetrics } });

/** durations: metrics in milliseconds beside those that count */
export const measuring = (
  Namespace: string,
  { counts = [], durations = [] }: { counts?: readonly string[]; durations?: readonly string[] },
  dimensions: readonly string[] = [],
): Directive => ({
  Namespace,
  Dimensions: [dimensions],
  Metrics: [
    ...counts.map((Name) => ({ Name, Unit: "Count" as const })),
    ...durations.map((Name) => ({ Name, Unit: "Milliseconds" as const })),
  ],
});
