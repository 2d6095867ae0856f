import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { expect, inject, onTestFinished, test } from "vitest";
import { retrySeconds, whileHeld } from "../../lib/adapters/aws/held-message.ts";
import { standInClients } from "../support/aws.ts";

const standIns = inject("standIns");
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test("a message is delivered again after 30 s, then 2, 8 and 32 minutes", () => {
  expect([1, 2, 3, 4].map((receives) => retrySeconds(receives) / 60)).toEqual([0.5, 2, 8, 32]);
  expect(retrySeconds(50)).toBe(43_200);
});

test.each(standIns ? [standIns] : [])(
  "a message stays hidden as long as the work takes, and comes back soon after the work fails",
  async (at) => {
    const { sqs, ...others } = standInClients(at);
    for (const client of Object.values(others)) client.destroy();
    onTestFinished(() => sqs.destroy());
    const { QueueUrl = "" } = await sqs.send(
      new CreateQueueCommand({ QueueName: `held-${process.pid}`, Attributes: { VisibilityTimeout: "5400" } }),
    );
    const receive = async () =>
      (
        await sqs.send(
          new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ["ApproximateReceiveCount"] }),
        )
      ).Messages?.[0];
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "work" }));
    const { ReceiptHandle: receiptHandle = "" } = (await receive()) ?? {};
    const seen: unknown[] = [];
    const work = async () => {
      // Longer than a message is held. Extending it may be late on a busy machine, by up to 4 s.
      for (let i = 0; i < 18; i++) {
        await pause(500);
        seen.push(await receive());
      }
      throw new Error("the table is down");
    };
    const held = { queueUrl: QueueUrl, receiptHandle, receives: 1 };
    await expect(whileHeld(sqs, held, work, { held: 6, firstRetry: 1 })).rejects.toThrow("table is down");
    expect(seen).toEqual(Array(18).fill(undefined));
    await pause(1500);
    expect((await receive())?.Attributes).toEqual({ ApproximateReceiveCount: "2" });
  },
  60_000,
);
