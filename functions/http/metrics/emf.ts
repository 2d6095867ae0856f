/*
 * Log lines from which CloudWatch extracts metrics, so that no call to it is needed. Registries,
 * speakers and keys are never dimensions: each value would be a metric of its own, with its own
 * cost.
 *
 * Source: the CloudWatch embedded metric format specification,
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/
 */
type Unit = "Count" | "Milliseconds";
type Directive = {
  Namespace: string;
  /**
   * One metric for each combination of the values in a list. An empty list makes one metric in all.
   */
  Dimensions: readonly (readonly string[])[];
  Metrics: readonly { Name: string; Unit: Unit }[];
};
/** A log line with the directives that CloudWatch reads. */
export type Emf<T> = T & { _aws: { Timestamp: number; CloudWatchMetrics: readonly Directive[] } };

/** Adds the directives to a log line. `at` is in epoch milliseconds. */
export const withMetrics = <T extends object>(
  line: T,
  at: number,
  CloudWatchMetrics: readonly Directive[],
): Emf<T> => ({ ...line, _aws: { Timestamp: at, CloudWatchMetrics } });

/** `counts` and `durations` (in milliseconds) are names of fields of the line. */
export const directive = (
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
