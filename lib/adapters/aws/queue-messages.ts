import type { RegistryId, UploadId } from "../../id.ts";
import type { BackgroundTask } from "../../ports/background-task.ts";

const KINDS: readonly BackgroundTask["kind"][] = [
  "refresh-statistics",
  "sweep",
  "finish-erasures",
  "enroll-upload",
  "job",
  "deliver-event",
];
const ID = /^((reg|upl|job|whk|evt)_[0-9a-z]{1,64}|bus)$/;

/**
 * Reads a message of the job queue. Throws if it isn't a task. It then ends in the dead-letter
 * queue, where an operator finds it.
 */
export function backgroundTaskIn(body: string): BackgroundTask {
  const { kind, registryId, ...others } = JSON.parse(body) as Record<string, unknown>;
  const { uploadId, jobId, destination, eventId } = others;
  const ids = [
    registryId,
    ...(kind === "enroll-upload" ? [uploadId] : []),
    ...(kind === "job" ? [jobId] : []),
    ...(kind === "deliver-event" ? [destination, eventId] : []),
  ];
  const isKnown = KINDS.some((one) => one === kind);
  if (!isKnown || !ids.every((id) => typeof id === "string" && ID.test(id)))
    throw new RangeError("the message is not a background task");
  return JSON.parse(body) as BackgroundTask;
}

type S3Record = { eventName?: string; s3?: { object?: { key?: string } } };
const KEY = /^uploads\/(reg_[0-9a-z]{1,64})\/(upl_[0-9a-z]{1,64})$/;

/**
 * Reads a message of the upload queue: the uploads whose file has arrived. None for messages about
 * other objects and for S3's test message. Throws if S3 didn't send the message.
 */
export function uploadsIn(body: string): { registryId: RegistryId; uploadId: UploadId }[] {
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
