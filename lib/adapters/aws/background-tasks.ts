import type { SQSClient } from "@aws-sdk/client-sqs";
import type { BackgroundTasks } from "../../ports/background-task.ts";
import { processBackgroundTasks } from "../shared/background-tasks.ts";
import type { pollQueue } from "./queue-loop.ts";
import { backgroundTaskIn, uploadsIn } from "./queue-messages.ts";

/**
 * Sends tasks as messages to the job queue. On Lambda, functions/aws/worker-job.ts gets them; in
 * your own server, `work` takes them from the queue. SQS may deliver a message twice.
 *
 * A process that works keeps its own deliveries out of the queue, so that they don't wait behind a
 * long job: the outbox has them, and after a crash another process finds them due.
 *
 * sqs             loads the client
 * uploadQueueUrl  the queue of S3's messages about arrived files, for `work`
 */
export function sqsBackgroundTasks(
  sqs: () => Promise<SQSClient>,
  {
    jobQueueUrl,
    uploadQueueUrl,
  }: {
    jobQueueUrl: string;
    uploadQueueUrl?: string | undefined;
  },
): BackgroundTasks & { close(): Promise<void> } {
  const closing = new AbortController();
  const deliveries = processBackgroundTasks();
  let works = false;
  let loops = Promise.resolve<unknown>(undefined);
  return {
    async add(backgroundTask, options = {}) {
      if (works && backgroundTask.kind === "deliver-event") return deliveries.add(backgroundTask, options);
      const { delaySeconds: DelaySeconds = 0 } = options;
      const { sendMessage } = await import("./sqs.ts");
      await sendMessage(await sqs(), {
        QueueUrl: jobQueueUrl,
        MessageBody: JSON.stringify(backgroundTask),
        ...(DelaySeconds === 0 ? {} : { DelaySeconds }),
      });
    },
    work(handler, report = () => undefined) {
      works = true;
      deliveries.work(handler, report);
      const worker = oneAtATime(handler);
      const common = { worker, signal: closing.signal, report };
      const jobs = { ...common, queueUrl: jobQueueUrl, tasksIn: (body: string) => [backgroundTaskIn(body)] };
      const uploads = uploadQueueUrl && {
        ...common,
        queueUrl: uploadQueueUrl,
        tasksIn: (body: string) => uploadsIn(body).map((one) => ({ kind: "enroll-upload" as const, ...one })),
      };
      loops = pollAll(sqs, uploads ? [jobs, uploads] : [jobs]);
    },
    async close() {
      closing.abort();
      await Promise.all([loops, deliveries.close()]);
    },
  };
}

type Worker = Parameters<BackgroundTasks["work"]>[0];

async function pollAll(
  sqs: () => Promise<SQSClient>,
  queues: readonly Parameters<typeof pollQueue>[1][],
): Promise<void> {
  const { pollQueue, waitingClient } = await import("./queue-loop.ts");
  const waiting = waitingClient(await sqs());
  await Promise.all(queues.map((queue) => pollQueue(waiting, queue))).finally(() => waiting.destroy());
}

/** Two queues share the worker. */
function oneAtATime(worker: Worker): Worker {
  let last = Promise.resolve();
  return (backgroundTask, signal) => {
    const run = last.then(() => worker(backgroundTask, signal));
    // A rejection concerns the poller, which then keeps the message, and not the next task.
    last = run.catch(() => undefined);
    return run;
  };
}
