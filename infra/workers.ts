import type { Functions, Stores } from "./functions.ts";
import type { WorkQueue } from "./queues.ts";

/** What sets the workers off: two queues, the table's stream, and the clock. */
export function workers(made: Functions, { table, queues }: Stores): void {
  // A clip takes about a second; five fit well into the function's minute.
  fromQueue("UploadWorkerSource", queues.uploads, made.uploadWorker.lambda, 5);
  fromQueue("JobWorkerSource", queues.jobs, made.jobWorker.lambda, 1);
  // A long job continues itself by a message to its own queue; Lambda would end such a chain after 16.
  new aws.lambda.FunctionRecursionConfig("JobWorkerRecursion", {
    functionName: made.jobWorker.lambda.name,
    recursiveLoop: "Allow",
  });
  fromStream(made.galleryBuilder.lambda, table, queues.galleryDead);
  new sst.aws.CronV2("Sweep", {
    schedule: "cron(20 3 * * ? *)",
    timezone: "UTC",
    function: made.sweeper.lambda.arn,
    retries: 3,
    dlq: queues.sweepDead.arn,
  });
}

/** What failed alone comes back alone. At most ten at once, so that a full queue leaves the API its share of the account. */
function fromQueue(name: string, { queue }: WorkQueue, lambda: sst.aws.Function, batchSize: number): void {
  new aws.lambda.EventSourceMapping(name, {
    eventSourceArn: queue.arn,
    functionName: lambda.arn,
    batchSize,
    functionResponseTypes: ["ReportBatchItemFailures"],
    scalingConfig: { maximumConcurrency: 10 },
  });
}

/** The items of the change log, which the gallery is brought up to date from (docs/architecture.md, "Table"). */
export const CHANGE_LOG_FILTER = {
  eventName: ["INSERT"],
  dynamodb: { Keys: { SK: { S: [{ prefix: "L#" }] } } },
};

function fromStream(lambda: sst.aws.Function, table: sst.aws.Dynamo, failedTo: sst.aws.Queue): void {
  new aws.lambda.EventSourceMapping("GalleryBuilderSource", {
    eventSourceArn: table.nodes.table.streamArn,
    functionName: lambda.arn,
    startingPosition: "TRIM_HORIZON",
    batchSize: 500,
    // A snapshot per change would be rewritten for every clip; the tail covers the seconds in between.
    maximumBatchingWindowInSeconds: 30,
    filterCriteria: { filters: [{ pattern: JSON.stringify(CHANGE_LOG_FILTER) }] },
    functionResponseTypes: ["ReportBatchItemFailures"],
    bisectBatchOnFunctionError: true,
    maximumRetryAttempts: 5,
    maximumRecordAgeInSeconds: 6 * 3600,
    destinationConfig: { onFailure: { destinationArn: failedTo.arn } },
  });
}
