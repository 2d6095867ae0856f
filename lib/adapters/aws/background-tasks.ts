import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { BackgroundTasks } from "../../ports/background-task.ts";
import { call } from "./client.ts";

/** Chores as messages of the job queue; functions/aws/worker-job.ts works them off. A message may come twice, as chores may. */
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
      throw new RangeError("chores of a queue are worked off by its worker function, not in this process");
    },
  };
}
