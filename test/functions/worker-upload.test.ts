import { expect, test } from "vitest";
import { uploadWorker } from "../../functions/aws/upload-events.ts";
import { idOf } from "../bad-input/stage.ts";
import { type Client, client } from "./client.ts";
import { uploaded } from "./upload.ts";

const wanting = { enroll: { speaker: "alice" } };

/** An event as S3 sends it to SQS: https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html */
const created = (key: string, sequencer = "0055AED6DCD90281E5") =>
  JSON.stringify({
    Records: [
      {
        eventVersion: "2.1",
        eventSource: "aws:s3",
        eventName: "ObjectCreated:Post",
        s3: {
          bucket: { name: "b" },
          object: { key, size: 1024, versionId: "096fKKXTRTtl3on89fVO", sequencer },
        },
      },
    ],
  });

const batch = (bodies: readonly string[]) => ({
  Records: bodies.map((body, i) => ({
    messageId: `m${i}`,
    receiptHandle: "AQEB",
    body,
    attributes: { ApproximateReceiveCount: "1" },
    eventSource: "aws:sqs",
  })),
});

function worker(c: Client, services = c.services) {
  const events: string[] = [];
  const handler = uploadWorker(services, {
    log: ({ event }) => void events.push(event),
    hold: (_record, work) => work(),
  });
  return { handler, events };
}

const clipsOf = async ({ services }: Client, speaker: string) =>
  (await services.speakers.get(services.registryId, idOf(speaker)))?.clips.length;

test("C16 duplicate, late and reordered events enroll an upload once", async () => {
  const c = await client();
  const { handler, events } = worker(c);
  const ids = [
    await uploaded(c, "voice=alice take=1", wanting),
    await uploaded(c, "voice=alice take=2", wanting),
  ];
  const [one, two] = ids.map((id) => `uploads/${c.services.registryId}/${id}`);
  const event = batch([created(two, "02"), created(one, "03"), created(one, "01"), created(two, "01")]);
  expect(await handler(event)).toEqual({ batchItemFailures: [] });
  expect(await handler(event)).toEqual({ batchItemFailures: [] });
  expect(await clipsOf(c, "alice")).toBe(2);
  expect(events).toEqual(["upload.enrolled", "upload.enrolled", ...Array(6).fill("event.duplicate")]);
});

test("C16 concurrent workers with the same event enroll once", async () => {
  const c = await client();
  const { handler } = worker(c);
  const key = `uploads/${c.services.registryId}/${await uploaded(c, "voice=alice take=1", wanting)}`;
  await Promise.all(Array.from({ length: 8 }, () => handler(batch([created(key)]))));
  expect(await clipsOf(c, "alice")).toBe(1);
});

test("C17 only the poison record of ten returns to the queue, and nine are done", async () => {
  const c = await client();
  const { handler } = worker(c);
  const ids = await Promise.all(
    Array.from({ length: 9 }, (_, i) => uploaded(c, `voice=alice take=${i}`, wanting)),
  );
  const bodies = ids.map((id) => created(`uploads/${c.services.registryId}/${id}`));
  const event = batch([...bodies.slice(0, 4), "no JSON", ...bodies.slice(4)]);
  expect(await handler(event)).toEqual({ batchItemFailures: [{ itemIdentifier: "m4" }] });
  expect(await clipsOf(c, "alice")).toBe(9);
  for (const poison of ["{}", "null", '{"Records":[{}]}'])
    expect(await handler(batch([poison]))).toEqual({ batchItemFailures: [{ itemIdentifier: "m0" }] });
});

test("retries after a temporary failure, but not after a rejection", async () => {
  const c = await client();
  const { registryId, clips } = c.services;
  const key = `uploads/${registryId}/${await uploaded(c, "voice=alice take=1", wanting)}`;
  const broken = { ...c.services, clips: { ...clips, put: () => Promise.reject(new Error("S3 is away")) } };
  expect((await worker(c, broken).handler(batch([created(key)]))).batchItemFailures).toHaveLength(1);
  expect((await worker(c).handler(batch([created(key)]))).batchItemFailures).toEqual([]);
  expect(await clipsOf(c, "alice")).toBe(1);
  const silent = `uploads/${registryId}/${await uploaded(c, "voice=alice seconds=0", wanting)}`;
  const { handler, events } = worker(c);
  for (let i = 0; i < 2; i++)
    expect(await handler(batch([created(silent)]))).toEqual({ batchItemFailures: [] });
  expect(events).toEqual(["upload.failed", "event.duplicate"]);
});

test("ignores S3's test message, other objects and other keys, and rejects what isn't a batch", async () => {
  const c = await client();
  const { handler } = worker(c);
  const bodies = [
    '{"Service":"Amazon S3","Event":"s3:TestEvent"}',
    created("clips/reg_a/x"),
    created("uploads/../a"),
  ];
  expect(await handler(batch(bodies))).toEqual({ batchItemFailures: [] });
  await expect(handler({ version: "2.0" })).rejects.toThrow(/SQS/);
});
