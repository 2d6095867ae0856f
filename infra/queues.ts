import { TIMEOUT_SECONDS } from "./timeouts.ts";

export type WorkQueue = { queue: sst.aws.Queue; dead: sst.aws.Queue };
export type Queues = {
  uploads: WorkQueue;
  jobs: WorkQueue;
  /** Where the gallery builder's and the sweeper's failed events end. */
  galleryDead: sst.aws.Queue;
  sweepDead: sst.aws.Queue;
};

/** After this many failed receives a message is set aside: docs/bad-input.md, C17. */
const MAX_RECEIVES = 5;

export function workQueues(): Queues {
  return {
    uploads: workQueue("Upload", TIMEOUT_SECONDS.uploadWorker),
    jobs: workQueue("Job", TIMEOUT_SECONDS.jobWorker),
    galleryDead: deadLetters("GalleryDead"),
    sweepDead: deadLetters("SweepDead"),
  };
}

function workQueue(name: string, functionSeconds: number): WorkQueue {
  const dead = deadLetters(`${name}Dead`);
  const queue = new sst.aws.Queue(`${name}Queue`, {
    // Six times the function's timeout, as Lambda asks: a message must not come back while it is worked on.
    visibilityTimeout: `${6 * functionSeconds} seconds`,
    dlq: { queue: dead.arn, retry: MAX_RECEIVES },
    transform: { queue: (args) => void Object.assign(args, ENCRYPTED) },
  });
  return { queue, dead };
}

/** Kept as long as SQS keeps anything, so that a weekend does not lose them. */
function deadLetters(name: string): sst.aws.Queue {
  const retention = { messageRetentionSeconds: 14 * 86_400 };
  return new sst.aws.Queue(name, {
    transform: { queue: (args) => void Object.assign(args, ENCRYPTED, retention) },
  });
}

/** Messages name objects and registries, nothing else. With a key of our own, S3 would need a say in its policy. */
const ENCRYPTED = { sqsManagedSseEnabled: true };

/** Every upload that ends is announced once or more, in any order. */
export function announceUploads(bucket: sst.aws.Bucket, { queue }: WorkQueue): void {
  const policy = new aws.sqs.QueuePolicy("UploadQueuePolicy", {
    queueUrl: queue.url,
    // SST's own notification lets any bucket of anybody send; this one names ours.
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
