import { enrollUpload } from "../../lib/domain/upload/enroll.ts";
import type { RegistryId, UploadId } from "../../lib/id.ts";
import { type BatchResult, eachRecord } from "./queue-events.ts";
import type { WorkerLog } from "./worker-log.ts";

type S3Record = { eventName?: string; s3?: { object?: { key?: string } } };
const KEY = /^uploads\/(reg_[0-9a-z]{1,64})\/(upl_[0-9a-z]{1,64})$/;

/**
 * Handles S3's "object created" messages, which arrive through SQS at least once and in any order.
 * A message is only a hint that a file may have arrived. The bucket and the upload's record decide,
 * so repeated and late messages do nothing.
 */
export function uploadWorker(services: Parameters<typeof enrollUpload>[0], { log }: { log: WorkerLog }) {
  return (event: unknown): Promise<BatchResult> =>
    eachRecord(event, log, async ({ body }) => {
      const done: string[] = [];
      for (const upload of uploadsIn(body)) {
        const result = await enrollUpload(services, upload);
        done.push(result === "nothing" ? "event.duplicate" : `upload.${result}`);
      }
      return done.length > 0 ? done : ["event.ignored"];
    });
}

/**
 * Returns no uploads for messages about other objects and for S3's test message. Throws if S3
 * didn't send the message.
 */
function uploadsIn(body: string): { registryId: RegistryId; uploadId: UploadId }[] {
  const message = JSON.parse(body) as { Event?: string; Records?: S3Record[] };
  if (message.Event === "s3:TestEvent") return [];
  if (!Array.isArray(message.Records)) throw new RangeError("the message is not from S3");
  return message.Records.flatMap(({ eventName, s3 }) => {
    const key = s3?.object?.key;
    if (!eventName || key === undefined) throw new RangeError("the message is not from S3");
    // S3 encodes keys like form fields.
    const ids = KEY.exec(decodeURIComponent(key.replaceAll("+", " ")));
    if (!ids || !eventName.startsWith("ObjectCreated:")) return [];
    return [{ registryId: ids[1] as RegistryId, uploadId: ids[2] as UploadId }];
  });
}
