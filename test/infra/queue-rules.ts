import { type Deployment, ofType, one, type Resource } from "./resources.ts";
import { all, at, holds, type Rule } from "./rule.ts";

/** The function that consumes each queue. */
const CONSUMERS: Readonly<Record<string, string>> = {
  UploadQueueQueue: "UploadWorkerFunction",
  JobQueueQueue: "JobWorkerFunction",
};
const DEAD = ["UploadDeadQueue", "JobDeadQueue", "GalleryDeadQueue", "SweepDeadQueue"];

const sources = (d: Deployment): Resource[] => ofType(d, "lambda/eventSourceMapping");
const fromQueues = (d: Deployment) =>
  sources(d).filter((one) => String(one.inputs.eventSourceArn).includes(":sqs:"));
const stream = (d: Deployment) =>
  sources(d).filter((one) => String(one.inputs.eventSourceArn).includes("/stream/"));

/** Queues, dead letters and failed events. */
export const QUEUE_RULES: readonly Rule[] = [
  all("queues are encrypted", (d) => ofType(d, "sqs/queue"), { sqsManagedSseEnabled: true }),
  holds("a message moves to the queue's own dead-letter queue after five receives", (d) =>
    Object.keys(CONSUMERS).flatMap((name) => {
      const policy = JSON.parse(String(one(d, "sqs/queue", name).inputs.redrivePolicy ?? "{}"));
      const dead = name.replace("QueueQueue", "Dead");
      const right = policy.maxReceiveCount === 5 && String(policy.deadLetterTargetArn).includes(dead);
      return right ? [] : [`${name}: ${JSON.stringify(policy)}`];
    }),
  ),
  holds("a message that no function takes hold of comes back within half an hour", (d) =>
    Object.entries(CONSUMERS).flatMap(([queue, fn]) => {
      const hidden = Number(one(d, "sqs/queue", queue).inputs.visibilityTimeoutSeconds);
      const runs = Number(one(d, "lambda/function", fn).inputs.timeout);
      return hidden >= 2 * runs && hidden <= 1800
        ? []
        : [`${queue}: ${hidden} s, timeout of ${fn}: ${runs} s`];
    }),
  ),
  all("dead letters are kept for 14 days", (d) => DEAD.map((name) => one(d, "sqs/queue", name)), {
    messageRetentionSeconds: 1_209_600,
  }),
  all("only the failed items of a batch are retried", sources, {
    functionResponseTypes: ["ReportBatchItemFailures"],
  }),
  all("workers have limited concurrency", fromQueues, { "scalingConfig.maximumConcurrency": 10 }),
  all("the stream starts at its beginning, splits failed batches, and gives up after five retries", stream, {
    startingPosition: "TRIM_HORIZON",
    bisectBatchOnFunctionError: true,
    maximumRetryAttempts: 5,
    maximumRecordAgeInSeconds: 21_600,
  }),
  holds("failed batches of the gallery builder go to its dead-letter queue", (d) =>
    stream(d)
      .filter(
        (each) => !String(at(each, "destinationConfig.onFailure.destinationArn")).includes("GalleryDead"),
      )
      .map(({ name }) => name),
  ),
  holds("the gallery builder only receives entries of the change log", (d) =>
    stream(d)
      .map((each) => JSON.stringify(at(each, "filterCriteria")))
      .filter((text) => !text.includes("INSERT") || !text.includes("prefix")),
  ),
  holds("the bucket only announces uploads", (d) => {
    const queues = one(d, "s3/bucketNotification").inputs.queues as {
      events: string[];
      filterPrefix: string;
    }[];
    const right =
      queues.length === 1 &&
      queues[0].filterPrefix === "uploads/" &&
      queues[0].events.join() === "s3:ObjectCreated:*";
    return right ? [] : [JSON.stringify(queues)];
  }),
  all("the job worker can continue its own jobs", (d) => ofType(d, "lambda/functionRecursionConfig"), {
    recursiveLoop: "Allow",
  }),
  holds("a sweep that fails or can't start goes to the dead-letter queue", (d) => {
    const invoked = one(d, "lambda/functionEventInvokeConfig");
    const scheduled = one(d, "scheduler/schedule", "SweepSchedule");
    return [
      at(invoked, "destinationConfig.onFailure.destination"),
      at(scheduled, "target.deadLetterConfig.arn"),
    ]
      .filter((arn) => !String(arn).includes("SweepDead"))
      .map((arn) => `goes to ${arn}`);
  }),
];
