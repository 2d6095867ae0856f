/** Events on a bus of EventBridge, as a rule's target receives them. */
import {
  CreateEventBusCommand,
  type EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { expect, inject, onTestFinished, test } from "vitest";
import { eventBridge } from "../../lib/adapters/aws/event-bus.ts";
import { awsServices } from "../../lib/adapters/aws/services.ts";
import { deliverEvent } from "../../lib/domain/event/deliver.ts";
import { withEvents } from "../../lib/domain/event/outgoing.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { createBucket, createTable, standInClients } from "../support/aws.ts";
import { fakeEmbedder } from "../support/fake-embedder.ts";
import { fakeClock, fakeModelData, seededRandom } from "../support/fake-world.ts";

const standIns = inject("standIns");

/** Creates a bus whose events of this service end in a queue. */
async function busWithQueue(events: EventBridgeClient, sqs: SQSClient) {
  const name = `bus-${process.pid}`;
  await events.send(new CreateEventBusCommand({ Name: name }));
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }),
  );
  const EventPattern = JSON.stringify({ source: ["voiceroll"], "detail-type": ["speaker.erased"] });
  await events.send(new PutRuleCommand({ Name: name, EventBusName: name, EventPattern }));
  const Targets = [{ Id: "queue", Arn: Attributes?.QueueArn ?? "" }];
  await events.send(new PutTargetsCommand({ Rule: name, EventBusName: name, Targets }));
  return { name, QueueUrl };
}

test.each(standIns ? [standIns] : [])(
  "a deployment with a bus puts each registry's events on it, and a bus that is gone gets them later",
  async (at) => {
    const clients = standInClients(at);
    const { name, QueueUrl } = await busWithQueue(clients.events, clients.sqs);
    const [table, bucket] = [await createTable(clients.dynamodb), await createBucket(clients.s3)];
    const clock = fakeClock();
    const services = awsServices({
      ...{ table, bucket, secret: new Uint8Array(32), eventBus: name, clients: standInClients(at) },
      ...{ clock, random: seededRandom(), ...fakeModelData(fakeEmbedder()) },
    });
    onTestFinished(async () => {
      await services.close();
      for (const client of Object.values(clients)) client.destroy();
    });
    const { registryId } = await ensureRegistry(services, "test");
    const event = { type: "speaker.erased", data: { uid: "spk_1" } } as const;
    await withEvents(services, registryId, [event], async ([delivery]) => {
      if (delivery) await services.outbox.put(delivery);
    });
    const [delivery] = await services.outbox.list(registryId);
    if (!delivery) throw new RangeError("nothing waits");
    const nowhere = { ...services, eventBus: eventBridge(clients.events, "no-such-bus") };
    await deliverEvent(nowhere, delivery);
    expect(await services.outbox.list(registryId)).toMatchObject([{ destination: "bus", attempts: 1 }]);

    clock.advance(5);
    await deliverEvent(services, delivery);
    expect(await services.outbox.list(registryId)).toEqual([]);
    const received = await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
    const bodies = received.Messages?.map(({ Body = "" }) => JSON.parse(Body));
    expect(bodies).toMatchObject([
      {
        source: "voiceroll",
        "detail-type": "speaker.erased",
        detail: {
          id: delivery.eventId,
          registry: registryId,
          timestamp: "2026-01-01T00:00:00.000Z",
          data: { uid: "spk_1" },
        },
      },
    ]);
  },
);
