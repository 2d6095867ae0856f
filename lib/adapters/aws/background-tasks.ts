import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { BackgroundTasks } from "../../ports/background-task.ts";
import { call } from "./client.ts";

/**
 * Sends tasks as messages to the job queue, from which functions/aws/worker-job.ts runs them. SQS
 * may deliver a message twice.
 */
export function sqsBackgroundTasks(client: SQSClient, queueUrl: string): BackgroundTasks {
  return {
    async add(backgroundTask) {
      const command = new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: JSON.stringify(backgroundTask),
      });
      await call("SQS", (abortSignal) => client.send(command, { abortSignal }));
    },
    work() {
      throw new RangeError("the worker function runs the tasks of a queue; this process can't");
    },
  };
}
