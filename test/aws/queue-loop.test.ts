/** The loop of your own server that takes tasks from SQS. */
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { expect, inject, onTestFinished, test } from "vitest";
import { sqsBackgroundTasks } from "../../lib/adapters/aws/background-tasks.ts";
import { ELSEWHERE, HERE } from "../contract/store.ts";
import { standInClients } from "../support/aws.ts";
import type { StandIns } from "../support/stand-ins.ts";

const standIns = inject("standIns");

const DELIVERY = { kind: "deliver-event", registryId: HERE, destination: "whk_a", eventId: "evt_a" } as const;

async function queues(at: StandIns) {
  const { sqs, ...others } = standInClients(at);
  for (const client of Object.values(others)) client.destroy();
  onTestFinished(() => sqs.destroy());
  return {
    sqs,
    async queueOf(name: string) {
      const command = new CreateQueueCommand({ QueueName: `${name}-${process.pid}` });
      const { QueueUrl = "" } = await sqs.send(command);
      return { QueueUrl, queue: sqsBackgroundTasks(async () => sqs, { jobQueueUrl: QueueUrl }) };
    },
  };
}

/** Messages that a process has taken and not deleted: SQS delivers them again. */
async function heldMessages(client: SQSClient, QueueUrl: string): Promise<number> {
  const name = "ApproximateNumberOfMessagesNotVisible";
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [name] });
  return Number((await client.send(command)).Attributes?.[name]);
}

test.each(standIns ? [standIns] : [])(
  "keeps the message of a task that rejects, and deletes that of the next one",
  async (at) => {
    const { sqs, queueOf } = await queues(at);
    const { QueueUrl: jobQueueUrl, queue } = await queueOf("loop");
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

test.each(standIns ? [standIns] : [])("a delivery doesn't wait for a job that runs", async (at) => {
  const { sqs, queueOf } = await queues(at);
  const { QueueUrl: jobQueueUrl, queue } = await queueOf("lanes");
  await queue.add({ kind: "sweep", registryId: HERE });
  const [started, delivered, finish] = [1, 2, 3].map(() => Promise.withResolvers<void>());
  const ran: string[] = [];
  queue.work(async ({ kind }) => {
    if (kind === "deliver-event") {
      ran.push(kind);
      return delivered.resolve();
    }
    started.resolve();
    await finish.promise;
    ran.push(kind);
  });
  await started.promise;
  await queue.add(DELIVERY);
  await delivered.promise;
  expect(ran).toEqual(["deliver-event"]);
  finish.resolve();
  while ((await heldMessages(sqs, jobQueueUrl)) > 0) await new Promise((turn) => setTimeout(turn, 100));
  await queue.close();
  expect(ran).toEqual(["deliver-event", "sweep"]);
});

test.each(standIns ? [standIns] : [])("a process that doesn't work queues its deliveries", async (at) => {
  const { sqs, queueOf } = await queues(at);
  const { QueueUrl, queue } = await queueOf("deliveries");
  await queue.add(DELIVERY);
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  expect(Messages.map(({ Body = "" }) => JSON.parse(Body))).toEqual([DELIVERY]);
  await queue.close();
});
