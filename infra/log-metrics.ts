import { ownNamespace } from "./alarm-list.ts";
import type { Made } from "./function.ts";
import type { Functions } from "./functions.ts";
import type { Stage } from "./stage.ts";

type Counted = { metric: string; pattern: string; of: readonly (keyof Functions)[] };

/**
 * Metrics counted from log text. Other metrics are embedded in the log lines
 * (functions/http/metrics/emf.ts).
 */
const COUNTED: readonly Counted[] = [
  // KMS has no metric for rejected calls.
  {
    metric: "KeyErrors",
    pattern: "%KMS%",
    of: ["api", "uploadWorker", "jobWorker", "sweeper", "galleryBuilder", "admin"],
  },
];

export function logMetrics(stage: Stage, made: Functions): void {
  for (const { metric, pattern, of } of COUNTED)
    for (const key of of) countLines(stage, made[key], { metric, pattern });
}

function countLines(
  stage: Stage,
  { name, log }: Made,
  { metric, pattern }: Pick<Counted, "metric" | "pattern">,
): void {
  new aws.cloudwatch.LogMetricFilter(`${name}${metric}`, {
    logGroupName: log.name,
    pattern,
    metricTransformation: { namespace: ownNamespace(stage.name), name: metric, value: "1" },
  });
}
