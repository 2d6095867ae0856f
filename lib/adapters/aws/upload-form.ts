import type { S3Client } from "@aws-sdk/client-s3";
import { createPresignedPost, type PresignedPostOptions } from "@aws-sdk/s3-presigned-post";
import type { Upload, UploadForm } from "../../ports/upload.ts";

type Target = { bucket: string; key: string; kmsKeyId: string | undefined };

/** Signs a form with which one file can be posted to the bucket. */
export async function signedForm(client: S3Client, upload: Upload, to: Target): Promise<UploadForm> {
  const { url, fields } = await createPresignedPost(client, formOf(upload, to));
  return { url, fields };
}

/** S3 rejects any other key, type or size, and every post after the upload's five minutes. */
function formOf(upload: Upload, { bucket, key, kmsKeyId }: Target): PresignedPostOptions {
  const { mediaType, bytes, createdAt, expiresAt } = upload;
  const sealed: Record<string, string> = kmsKeyId
    ? {
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": kmsKeyId,
      }
    : {};
  return {
    Bucket: bucket,
    Key: key,
    Expires: (Date.parse(expiresAt) - Date.parse(createdAt)) / 1000,
    Fields: { "Content-Type": mediaType, ...sealed },
    Conditions: [["content-length-range", bytes, bytes]],
  };
}
