import type { Functions, Stores } from "./functions.ts";
import type { WorkQueue } from "./queues.ts";

/** Creates the triggers of the workers: two queues, the table's stream and two schedules. */
export function workers(made: Functions, { table, queues }: Stores): void {
  // A clip takes about a second, so five fit into the function's 60 s.
  fromQueue("UploadWorkerSource", queues.uploads, made.uploadWorker.lambda, 5);
  fromQueue("JobWorkerSource", queues.jobs, made.jobWorker.lambda, 1);
  // A long job continues by sending a message to its own queue. By default Lambda stops such a loop
  // after 16 rounds.
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
  // A run that fails is made up for by the next one.
  new sst.aws.CronV2("DueDeliveries", {
    schedule: "rate(5 minutes)",
    function: made.jobWorker.lambda.arn,
    event: { task: "due-deliveries" },
  });
}

/**
 * Retries only the failed messages of a batch. At most ten executions, so that a full queue leaves
 * concurrency for the API.
 */
function fromQueue(name: string, { queue }: WorkQueue, lambda: sst.aws.Function, batchSize: number): void {
  new aws.lambda.EventSourceMapping(name, {
    eventSourceArn: queue.arn,
    functionName: lambda.arn,
    batchSize,
    functionResponseTypes: ["ReportBatchItemFailures"],
    scalingConfig: { maximumConcurrency: 10 },
  });
}

/**
 * Matches new entries of the change log, from which the gallery is updated (docs/architecture.md,
 * "On AWS").
 */
const CHANGE_LOG_FILTER = {
  eventName: ["INSERT"],
  dynamodb: { Keys: { SK: { S: [{ prefix: "L#" }] } } },
};

function fromStream(lambda: sst.aws.Function, table: sst.aws.Dynamo, deadLetters: sst.aws.Queue): void {
  new aws.lambda.EventSourceMapping("GalleryBuilderSource", {
    eventSourceArn: table.nodes.table.streamArn,
    functionName: lambda.arn,
    startingPosition: "TRIM_HORIZON",
    batchSize: 500,
    // Batch changes, so that not every clip rewrites a snapshot. The change log's tail covers the
    // seconds in between.
    maximumBatchingWindowInSeconds: 30,
    filterCriteria: { filters: [{ pattern: JSON.stringify(CHANGE_LOG_FILTER) }] },
    functionResponseTypes: ["ReportBatchItemFailures"],
    bisectBatchOnFunctionError: true,
    maximumRetryAttempts: 5,
    maximumRecordAgeInSeconds: 6 * 3600,
    destinationConfig: { onFailure: { destinationArn: deadLetters.arn } },
  });
}
