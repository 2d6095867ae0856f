import { uploadsIn } from "../../lib/adapters/aws/queue-messages.ts";
import { enrollUpload } from "../../lib/domain/upload/enroll.ts";
import { type BatchResult, eachRecord, type QueueOptions } from "./queue-events.ts";

/**
 * Handles S3's "object created" messages, which arrive through SQS at least once and in any order.
 * A message is only a hint that a file may have arrived. The bucket and the upload's record decide,
 * so repeated and late messages do nothing.
 */
export function uploadWorker(services: Parameters<typeof enrollUpload>[0], options: QueueOptions) {
  return (event: unknown): Promise<BatchResult> =>
    eachRecord(event, options, async ({ body }) => {
      const done: string[] = [];
      for (const upload of uploadsIn(body)) {
        const result = await enrollUpload(services, upload);
        done.push(result === "nothing" ? "event.duplicate" : `upload.${result}`);
      }
      return done.length > 0 ? done : ["event.ignored"];
    });
}
