import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { S3Client } from "@aws-sdk/client-s3";
import { deferred, once } from "../../once.ts";
import type { ClipStore } from "../../ports/speaker.ts";
import type { UploadFiles } from "../../ports/upload.ts";
import type { EventBus } from "../../ports/webhook.ts";
import type { Clock } from "../../ports/world.ts";
import type { Blobs } from "./blobs.ts";

/** Clients post files to the bucket, not to this service. */
type PostedFiles = Omit<UploadFiles, "receive">;

/** Everything in the bucket. Its code is loaded, and its client made, when one is first called. */
export function bucketStores(
  client: () => Promise<S3Client>,
  given: { bucket: string; kmsKeyId?: string | undefined; clock: Clock },
) {
  const stores = once(async () => (await import("./s3-stores.ts")).s3Stores(await client(), given));
  return {
    blobs: deferred<Blobs>(async () => (await stores()).blobs, {
      put: true,
      get: true,
      range: true,
      putParts: true,
      has: true,
      latest: true,
      remove: true,
      removeUnder: true,
    }),
    clips: deferred<ClipStore>(async () => (await stores()).clips, {
      put: true,
      get: true,
      has: true,
      isLatest: true,
      remove: true,
      removeSpeaker: true,
      list: true,
    }),
    uploadFiles: deferred<PostedFiles>(async () => (await stores()).uploadFiles, {
      form: true,
      head: true,
      read: true,
      copy: true,
      remove: true,
      list: true,
    }),
  };
}

/** bus: its name or ARN */
export const eventBusOf = (client: () => Promise<EventBridgeClient>, bus: string): EventBus =>
  deferred<EventBus>(async () => (await import("./event-bus.ts")).eventBridge(await client(), bus), {
    put: true,
  });
