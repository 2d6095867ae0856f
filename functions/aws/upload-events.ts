import { enrollUpload } from "../../lib/domain/upload/enroll.ts";
import type { RegistryId, UploadId } from "../../lib/id.ts";
import { type BatchResult, eachRecord } from "./queue-events.ts";
import type { WorkerLog } from "./worker-log.ts";

type S3Record = { eventName?: string; s3?: { object?: { key?: string } } };
const KEY = /^uploads\/(reg_[0-9a-z]{1,64})\/(upl_[0-9a-z]{1,64})$/;

/**
 * S3's "object created" messages, by way of SQS: they come at least once and in any order. A message is taken for a hint that
 * something may have arrived; what stands in the bucket and on the ticket decides, so a second or a late one does nothing.
 */
export function uploadWorker(services: Parameters<typeof enrollUpload>[0], { log }: { log: WorkerLog }) {
  return (event: unknown): Promise<BatchResult> =>
    eachRecord(event, log, async ({ body }) => {
      const done: string[] = [];
      for (const named of uploadsIn(body)) {
        const result = await enrollUpload(services, named);
        done.push(result === "nothing" ? "event.duplicate" : `upload.${result}`);
      }
      return done.length > 0 ? done : ["event.ignored"];
    });
}

/** Throws for what is no message of S3; one about other objects, and S3's test message, name none. */
function uploadsIn(body: string): { registryId: RegistryId; uploadId: UploadId }[] {
  const message = JSON.parse(body) as { Event?: string; Records?: S3Record[] };
  if (message.Event === "s3:TestEvent") return [];
  if (!Array.isArray(message.Records)) throw new RangeError("the message is none of S3's");
  return message.Records.flatMap(({ eventName, s3 }) => {
    const key = s3?.object?.key;
    if (!eventName || key === undefined) throw new RangeError("the message is none of S3's");
    // S3 sends keys as a form would.
    const ids = KEY.exec(decodeURIComponent(key.replaceAll("+", " ")));
    if (!ids || !eventName.startsWith("ObjectCreated:")) return [];
    return [{ registryId: ids[1] as RegistryId, uploadId: ids[2] as UploadId }];
  });
}
