import { FUNCTIONS, ownNamespace, type Subject } from "./alarm-list.ts";
import type { Dimensions } from "./alarms.ts";
import type { Stage } from "./stage.ts";

/**
 * `event`: the value of the Event dimension, for metrics that have one
 * (functions/aws/worker-log.ts).
 */
type Line = { subject: Subject; metric: string; stat: string; event?: string };
type Panel = { title: string; namespace: string; lines: readonly Line[] };

const line = (subject: Subject, metric: string, stat = "Sum"): Line => ({ subject, metric, stat });

/** `event.duplicate` is not an error: queues deliver a message at least once. */
const EVENTS = [
  ...["upload.enrolled", "upload.failed", "event.duplicate", "event.failed"],
  ...["task.job", "job.fault", "gallery.written", "gallery.failed", "task.sweep", "sweeps.queued"],
];
/** A job fault has no duration: the worker logs it and continues the job. */
const TIMED = EVENTS.filter((event) => event !== "job.fault");

/** In two columns: requests, functions, queues, stores and our own metrics. */
const panels = (stage: Stage): Panel[] => [
  {
    title: "Requests",
    namespace: "AWS/ApiGateway",
    lines: [line("Http", "Count"), line("Http", "4xx"), line("Http", "5xx")],
  },
  {
    title: "Latency (ms)",
    namespace: "AWS/ApiGateway",
    lines: ["p50", "p90", "p99"].map((stat) => line("Http", "Latency", stat)),
  },
  {
    title: "Function duration p99 (ms)",
    namespace: "AWS/Lambda",
    lines: FUNCTIONS.map((name) => line(name, "Duration", "p99")),
  },
  {
    title: "Concurrent executions",
    namespace: "AWS/Lambda",
    lines: FUNCTIONS.map((name) => line(name, "ConcurrentExecutions", "Maximum")),
  },
  {
    title: "Errors and throttles",
    namespace: "AWS/Lambda",
    lines: FUNCTIONS.flatMap((name) => [line(name, "Errors"), line(name, "Throttles")]),
  },
  {
    title: "Waiting messages",
    namespace: "AWS/SQS",
    lines: (["UploadQueue", "JobQueue", "UploadDead", "JobDead", "GalleryDead", "SweepDead"] as const).map(
      (name) => line(name, "ApproximateNumberOfMessagesVisible", "Maximum"),
    ),
  },
  {
    title: "Table: consumed units",
    namespace: "AWS/DynamoDB",
    lines: [line("Table", "ConsumedReadCapacityUnits"), line("Table", "ConsumedWriteCapacityUnits")],
  },
  {
    title: "Gallery: age of the stream (ms)",
    namespace: "AWS/Lambda",
    lines: [line("GalleryBuilder", "IteratorAge", "Maximum")],
  },
  {
    title: "Voiceroll: dependencies, retries, key",
    namespace: ownNamespace(stage.name),
    lines: ["DependencyFailures", "ModelFailures", "StoreRetries", "KeyErrors"].map((name) =>
      line("Ours", name),
    ),
  },
  {
    title: "Voiceroll: what the workers did",
    namespace: ownNamespace(stage.name),
    lines: EVENTS.map((event) => ({ ...line("Ours", "Events"), event })),
  },
  {
    title: "Voiceroll: how long the workers took p99 (ms)",
    namespace: ownNamespace(stage.name),
    lines: TIMED.map((event) => ({ ...line("Ours", "EventDuration", "p99"), event })),
  },
  {
    title: "Voiceroll: voices in the largest gallery that changed",
    namespace: ownNamespace(stage.name),
    lines: [line("Ours", "GalleryVoices", "Maximum")],
  },
];

export function dashboard(stage: Stage, dimensions: Dimensions): aws.cloudwatch.Dashboard {
  const { region } = aws.getRegionOutput();
  const dashboardBody = $resolve({ dimensions, region }).apply((resolved) =>
    JSON.stringify({
      widgets: panels(stage).map(({ title, namespace, lines }, at) => ({
        type: "metric",
        x: (at % 2) * 12,
        y: Math.floor(at / 2) * 6,
        width: 12,
        height: 6,
        properties: {
          title,
          region: resolved.region,
          period: 300,
          metrics: lines.map((one) => [
            namespace,
            one.metric,
            ...Object.entries(resolved.dimensions[one.subject]).flat(),
            ...(one.event === undefined ? [] : ["Event", one.event]),
            { stat: one.stat, label: lines.length > 1 ? labelOf(one) : one.metric },
          ]),
        },
      })),
    }),
  );
  return new aws.cloudwatch.Dashboard("Dashboard", {
    dashboardName: `voiceroll-${stage.name}`,
    dashboardBody,
  });
}

const labelOf = ({ subject, metric, stat, event }: Line): string =>
  event ?? (stat.startsWith("p") ? `${subject} ${stat}` : `${subject} ${metric}`);
