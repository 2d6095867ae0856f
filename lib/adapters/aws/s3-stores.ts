import { S3Client } from "@aws-sdk/client-s3";
import type { Clock } from "../../ports/world.ts";
import { s3Blobs } from "./blobs.ts";
import { CLIENT_OPTIONS } from "./client.ts";
import { s3Clips } from "./clips.ts";
import { s3UploadFiles } from "./upload-files.ts";

export const s3Client = (): S3Client => new S3Client(CLIENT_OPTIONS);

/** Everything in the bucket. services.ts imports this file at the first use. */
export function s3Stores(
  client: S3Client,
  { bucket, kmsKeyId, clock }: { bucket: string; kmsKeyId?: string | undefined; clock: Clock },
) {
  const blobs = s3Blobs(client, bucket, kmsKeyId);
  return {
    blobs,
    clips: s3Clips(client, bucket, blobs),
    uploadFiles: s3UploadFiles(client, { bucket, blobs, clock, kmsKeyId }),
  };
}
