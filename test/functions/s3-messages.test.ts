/*
 * Messages as S3 sends them to SQS:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
import { expect, test } from "vitest";
import { uploadWorker } from "../../functions/aws/upload-events.ts";
import { type Client, client } from "./client.ts";
import { uploaded } from "./upload.ts";

const record = (key: string, eventName = "ObjectCreated:Post") => ({
  eventName,
  s3: { bucket: { name: "b" }, object: { key } },
});
const message = (...records: readonly object[]) => JSON.stringify({ Records: records });

/** Sends one message to the worker. Resolves to its log events and the number of failed records. */
async function deliver(c: Client, body: string): Promise<{ events: string[]; failures: number }> {
  const events: string[] = [];
  const worker = uploadWorker(c.services, {
    log: ({ event }) => void events.push(event),
    hold: (_record, work) => work(),
  });
  const { batchItemFailures } = await worker({ Records: [{ messageId: "m", body }] });
  return { events, failures: batchItemFailures.length };
}

const keyOfNew = async (c: Client, take: string) =>
  `uploads/${c.services.registryId}/${await uploaded(c, `voice=alice take=${take}`, { enroll: { speaker: "alice" } })}`;

test("enrolls an upload whose key arrives with its slashes percent-encoded", async () => {
  const c = await client();
  const key = encodeURIComponent(await keyOfNew(c, "1"));
  expect(key).toContain("%2F");
  expect(await deliver(c, message(record(key)))).toEqual({ events: ["upload.enrolled"], failures: 0 });
});

test("enrolls an upload that was completed as a multipart upload", async () => {
  const c = await client();
  const completed = record(await keyOfNew(c, "1"), "ObjectCreated:CompleteMultipartUpload");
  expect(await deliver(c, message(completed))).toEqual({ events: ["upload.enrolled"], failures: 0 });
});

test("handles each record of a message, skips other objects and enrolls a repeated key once", async () => {
  const c = await client();
  const [first, second] = [await keyOfNew(c, "1"), await keyOfNew(c, "2")];
  const records = [record(first), record("x/y.wav"), record(second), record(first)];
  expect(await deliver(c, message(...records))).toEqual({
    events: ["upload.enrolled", "upload.enrolled", "event.duplicate"],
    failures: 0,
  });
});

const ignored: Readonly<Record<string, string>> = {
  "a key with plus signs and escaped parentheses": message(record("recordings/my+voice+%281%29.wav")),
  "a key with characters outside ASCII": message(record("audio/%E6%9D%8E%E9%9B%B7+%C3%BC.wav")),
  "a deletion": message(record("uploads/reg_a/upl_a", "ObjectRemoved:Delete")),
  "S3's test message": JSON.stringify({ Service: "Amazon S3", Event: "s3:TestEvent", Bucket: "b" }),
};
test.each(Object.entries(ignored))("ignores %s", async (_what, body) => {
  expect(await deliver(await client(), body)).toEqual({ events: ["event.ignored"], failures: 0 });
});

const rejected: Readonly<Record<string, string>> = {
  "an EventBridge event": JSON.stringify({
    "detail-type": "Object Created",
    source: "aws.s3",
    detail: { object: { key: "uploads/reg_a/upl_a" } },
  }),
  "text that is not JSON": "hello",
  "a key with a malformed escape": message(record("uploads/%E0%A4%A")),
};
test.each(Object.entries(rejected))("returns %s to the queue as a failure", async (_what, body) => {
  expect(await deliver(await client(), body)).toEqual({ events: ["event.failed"], failures: 1 });
});
