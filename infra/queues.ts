import { TIMEOUT_SECONDS } from "./timeouts.ts";

export type WorkQueue = { queue: sst.aws.Queue; dead: sst.aws.Queue };
export type Queues = {
  uploads: WorkQueue;
  jobs: WorkQueue;
  /** Dead letters of the gallery builder and the sweeper. */
  galleryDead: sst.aws.Queue;
  sweepDead: sst.aws.Queue;
};

/**
 * After this many failed receives a message moves to the dead-letter queue: docs/bad-input.md, C17.
 */
const MAX_RECEIVES = 5;

export function workQueues(): Queues {
  return {
    uploads: workQueue("Upload", 6 * TIMEOUT_SECONDS.uploadWorker),
    jobs: workQueue("Job", 2 * TIMEOUT_SECONDS.jobWorker),
    galleryDead: deadLetters("GalleryDead"),
    sweepDead: deadLetters("SweepDead"),
  };
}

/**
 * hiddenSeconds  how long a message that Lambda has received is hidden until its function takes
 *                hold of it (lib/adapters/aws/held-message.ts), or if it can't start. From then on
 *                the function decides: a message comes back two minutes after a crash, and 30 s
 *                after a first failure. At least the function's timeout
 */
function workQueue(name: string, hiddenSeconds: number): WorkQueue {
  const dead = deadLetters(`${name}Dead`);
  const queue = new sst.aws.Queue(`${name}Queue`, {
    visibilityTimeout: `${hiddenSeconds} seconds`,
    dlq: { queue: dead.arn, retry: MAX_RECEIVES },
    transform: { queue: (args) => void Object.assign(args, ENCRYPTED) },
  });
  return { queue, dead };
}

/** Keeps messages for 14 days, the most that SQS allows, so that an operator has time to look. */
function deadLetters(name: string): sst.aws.Queue {
  const retention = { messageRetentionSeconds: 14 * 86_400 };
  return new sst.aws.Queue(name, {
    transform: { queue: (args) => void Object.assign(args, ENCRYPTED, retention) },
  });
}

/**
 * Messages only name objects and registries, so SQS's own key is enough. Our key's policy would
 * have to admit S3.
 */
const ENCRYPTED = { sqsManagedSseEnabled: true };

/** Sends a message for every completed upload, at least once and in any order. */
export function announceUploads(bucket: sst.aws.Bucket, { queue }: WorkQueue): void {
  const policy = new aws.sqs.QueuePolicy("UploadQueuePolicy", {
    queueUrl: queue.url,
    // SST's own notification accepts messages from any bucket. This policy only admits ours.
    policy: aws.iam.getPolicyDocumentOutput({
      statements: [
        {
          principals: [{ type: "Service", identifiers: ["s3.amazonaws.com"] }],
          actions: ["sqs:SendMessage"],
          resources: [queue.arn],
          conditions: [
            { test: "ArnEquals", variable: "aws:SourceArn", values: [bucket.arn] },
            {
              test: "StringEquals",
              variable: "aws:SourceAccount",
              values: [aws.getCallerIdentityOutput().accountId],
            },
          ],
        },
      ],
    }).json,
  });
  new aws.s3.BucketNotification(
    "BucketNotification",
    {
      bucket: bucket.name,
      queues: [{ queueArn: queue.arn, events: ["s3:ObjectCreated:*"], filterPrefix: "uploads/" }],
    },
    { dependsOn: policy },
  );
}
