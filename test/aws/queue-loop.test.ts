/** The loop of your own server that takes tasks from SQS. */
import { CreateQueueCommand, GetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { expect, inject, onTestFinished, test } from "vitest";
import { sqsBackgroundTasks } from "../../lib/adapters/aws/background-tasks.ts";
import { ELSEWHERE, HERE } from "../contract/store.ts";
import { standInClients } from "../support/aws.ts";

const standIns = inject("standIns");

/** Messages that a process has taken and not deleted: SQS delivers them again. */
async function heldMessages(client: SQSClient, QueueUrl: string): Promise<number> {
  const name = "ApproximateNumberOfMessagesNotVisible";
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [name] });
  return Number((await client.send(command)).Attributes?.[name]);
}

test.each(standIns ? [standIns] : [])(
  "keeps the message of a task that rejects, and deletes that of the next one",
  async (at) => {
    const { sqs, ...others } = standInClients(at);
    for (const client of Object.values(others)) client.destroy();
    const QueueName = `loop-${process.pid}`;
    const { QueueUrl: jobQueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName }));
    const queue = sqsBackgroundTasks(sqs, { jobQueueUrl });
    onTestFinished(() => sqs.destroy());
    await queue.add({ kind: "sweep", registryId: HERE });
    await queue.add({ kind: "sweep", registryId: ELSEWHERE });
    const both = Promise.withResolvers<void>();
    const ran: string[] = [];
    const failures: unknown[] = [];
    queue.work(
      async ({ registryId }) => {
        ran.push(registryId);
        if (ran.length === 2) both.resolve();
        if (registryId === HERE) throw new Error("the store is down");
      },
      (error) => failures.push(error),
    );
    await both.promise;
    // A task that runs when the queue closes keeps its message, so wait for the deletion first.
    while ((await heldMessages(sqs, jobQueueUrl)) > 1) await new Promise((turn) => setTimeout(turn, 100));
    await queue.close();
    expect(new Set(ran)).toEqual(new Set([HERE, ELSEWHERE]));
    expect(failures).toEqual([new Error("the store is down")]);
    expect(await heldMessages(sqs, jobQueueUrl)).toBe(1);
  },
);
