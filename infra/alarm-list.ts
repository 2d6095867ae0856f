/**
 * Every alarm as data. infra/alarms.ts creates the resources, and docs/runbook.md has a section for
 * each.
 */

export const FUNCTIONS = ["Api", "UploadWorker", "JobWorker", "Sweeper", "GalleryBuilder", "Admin"] as const;
export type FunctionName = (typeof FUNCTIONS)[number];
export const DEAD_LETTERS = ["UploadDead", "JobDead", "GalleryDead", "SweepDead"] as const;
type DeadLetterName = (typeof DEAD_LETTERS)[number];
const WORK_QUEUES = ["UploadQueue", "JobQueue"] as const;

/** Failures that the workers log as events. Each is an alarm of its own. */
export const OUR_EVENTS = ["event.failed", "job.fault", "gallery.failed"] as const;

/**
 * The resource that a metric measures, or the event that it counts. infra/alarms.ts maps it to
 * CloudWatch dimensions.
 */
export type Subject =
  | "Http"
  | "Table"
  | "Ours"
  | (typeof OUR_EVENTS)[number]
  | FunctionName
  | DeadLetterName
  | (typeof WORK_QUEUES)[number];

export type Alarm = {
  name: string;
  /** Heading in docs/runbook.md. Alarms of one kind share a section. */
  section: string;
  subject: Subject;
  /** Undefined means our own namespace (`ownNamespace`). */
  namespace: string | undefined;
  metric: string;
  /** "p99" is the 99th percentile. */
  statistic: "Sum" | "Maximum" | "p99";
  periodSeconds: number;
  /** Number of consecutive periods above the threshold. */
  periods: number;
  above: number;
  /** True if the alarm fires on missing data: fewer than 1 data point in the period. */
  missing?: boolean;
};

/** Namespace of the metrics that the functions and log filters write. Each stage has its own. */
export const ownNamespace = (stage: string): string => `Voiceroll/${stage}`;

type Rest = Omit<Alarm, "name" | "section" | "subject" | "statistic" | "periods" | "above"> &
  Partial<Pick<Alarm, "statistic" | "periods" | "above">>;

const alarm = (section: string, subject: Subject, rest: Rest): Alarm => ({
  name: section,
  section,
  subject,
  statistic: "Sum",
  periods: 1,
  above: 0,
  ...rest,
});

/** One alarm for each subject, in one section of the runbook. */
const each = (subjects: readonly Subject[], section: string, rest: Rest): Alarm[] =>
  subjects.map((subject) => ({ ...alarm(section, subject, rest), name: `${subject}${section}` }));

const LAMBDA = { namespace: "AWS/Lambda", periodSeconds: 300 };
const SQS = { namespace: "AWS/SQS", periodSeconds: 300, statistic: "Maximum" } as const;
const TABLE = { namespace: "AWS/DynamoDB", periodSeconds: 300 };
const OURS = { namespace: undefined, periodSeconds: 300 };

const ALARM_OF = {
  "event.failed": "TasksFailing",
  "job.fault": "JobFaults",
  "gallery.failed": "GalleryFailing",
} as const;

export const ALARMS: readonly Alarm[] = [
  alarm("ServerErrors", "Http", {
    namespace: "AWS/ApiGateway",
    metric: "5xx",
    periodSeconds: 300,
    above: 4,
  }),
  alarm("SlowAnswers", "Http", {
    namespace: "AWS/ApiGateway",
    metric: "Latency",
    statistic: "p99",
    periodSeconds: 300,
    periods: 3,
    above: 5000,
  }),
  ...each(FUNCTIONS, "Errors", { ...LAMBDA, metric: "Errors" }),
  ...each(FUNCTIONS, "Throttles", { ...LAMBDA, metric: "Throttles" }),
  ...each(DEAD_LETTERS, "Letters", { ...SQS, metric: "ApproximateNumberOfMessagesVisible" }),
  ...each(["UploadQueue"], "Backlog", { ...SQS, metric: "ApproximateAgeOfOldestMessage", above: 900 }),
  ...each(["JobQueue"], "Backlog", { ...SQS, metric: "ApproximateAgeOfOldestMessage", above: 3600 }),
  alarm("GalleryBehind", "GalleryBuilder", {
    ...LAMBDA,
    metric: "IteratorAge",
    statistic: "Maximum",
    periods: 2,
    above: 600_000,
  }),
  alarm("SweepMissing", "Sweeper", {
    namespace: "AWS/Lambda",
    metric: "Invocations",
    periodSeconds: 86_400,
    missing: true,
  }),
  alarm("TableReadThrottles", "Table", { ...TABLE, metric: "ReadThrottleEvents", periods: 2 }),
  alarm("TableWriteThrottles", "Table", { ...TABLE, metric: "WriteThrottleEvents", periods: 2 }),
  alarm("DependencyFailures", "Ours", { ...OURS, metric: "DependencyFailures", above: 4 }),
  alarm("KeyErrors", "Ours", { ...OURS, metric: "KeyErrors" }),
  alarm("ModelFailures", "Ours", { ...OURS, metric: "ModelFailures" }),
  // A second failure within 15 minutes: the first retry, after 30 s, didn't help.
  ...OUR_EVENTS.map((event) => ({
    ...alarm("WorkFailures", event, { ...OURS, metric: "Events", periodSeconds: 900, above: 1 }),
    name: ALARM_OF[event],
  })),
];
