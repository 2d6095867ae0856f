import { type Deployment, ofType, one, type Resource } from "./resources.ts";
import { all, at, holds, type Rule } from "./rule.ts";

/** Which function works off which queue. */
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

/** Queues, their dead letters, and what becomes of an event that fails. */
export const QUEUE_RULES: readonly Rule[] = [
  all("queues are encrypted", (d) => ofType(d, "sqs/queue"), { sqsManagedSseEnabled: true }),
  holds("a message is set aside after five receives, in a queue of its own", (d) =>
    Object.keys(CONSUMERS).flatMap((name) => {
      const policy = JSON.parse(String(one(d, "sqs/queue", name).inputs.redrivePolicy ?? "{}"));
      const dead = name.replace("QueueQueue", "Dead");
      const right = policy.maxReceiveCount === 5 && String(policy.deadLetterTargetArn).includes(dead);
      return right ? [] : [`${name}: ${JSON.stringify(policy)}`];
    }),
  ),
  holds("a message stays hidden six times as long as its function may run", (d) =>
    Object.entries(CONSUMERS).flatMap(([queue, fn]) => {
      const hidden = Number(one(d, "sqs/queue", queue).inputs.visibilityTimeoutSeconds);
      const runs = Number(one(d, "lambda/function", fn).inputs.timeout);
      return hidden >= 6 * runs && hidden <= 43_200 ? [] : [`${queue}: ${hidden} s, ${fn} runs ${runs} s`];
    }),
  ),
  all("dead letters are kept for 14 days", (d) => DEAD.map((name) => one(d, "sqs/queue", name)), {
    messageRetentionSeconds: 1_209_600,
  }),
  all("of a batch, only what failed comes back", sources, {
    functionResponseTypes: ["ReportBatchItemFailures"],
  }),
  all("workers leave the API its share", fromQueues, { "scalingConfig.maximumConcurrency": 10 }),
  all("the stream starts at its beginning, halves what fails, and gives up after five tries", stream, {
    startingPosition: "TRIM_HORIZON",
    bisectBatchOnFunctionError: true,
    maximumRetryAttempts: 5,
    maximumRecordAgeInSeconds: 21_600,
  }),
  holds("what the gallery builder gives up on is kept", (d) =>
    stream(d)
      .filter(
        (each) => !String(at(each, "destinationConfig.onFailure.destinationArn")).includes("GalleryDead"),
      )
      .map(({ name }) => name),
  ),
  holds("the gallery builder hears of the change log only", (d) =>
    stream(d)
      .map((each) => JSON.stringify(at(each, "filterCriteria")))
      .filter((text) => !text.includes("INSERT") || !text.includes("prefix")),
  ),
  holds("only uploads are announced", (d) => {
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
  all("a long job may continue itself", (d) => ofType(d, "lambda/functionRecursionConfig"), {
    recursiveLoop: "Allow",
  }),
  holds("a sweep that fails three times is kept, and so is one that could not begin", (d) => {
    const invoked = one(d, "lambda/functionEventInvokeConfig");
    const scheduled = one(d, "scheduler/schedule");
    return [
      at(invoked, "destinationConfig.onFailure.destination"),
      at(scheduled, "target.deadLetterConfig.arn"),
    ]
      .filter((arn) => !String(arn).includes("SweepDead"))
      .map((arn) => `ends in ${arn}`);
  }),
];
