import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { call, timeFor } from "./client.ts";

const PART_BYTES = 8 * 2 ** 20;

/**
 * Writes an object in parts of 8 MiB, one while the next one is made, and returns its size. An
 * object of one part is a plain put. The bucket's lifecycle removes the parts of an upload that
 * failed.
 */
export async function putParts(
  client: S3Client,
  object: Omit<PutObjectCommandInput, "Body">,
  bytes: AsyncIterable<Uint8Array>,
): Promise<number> {
  let size = 0;
  let upload: ReturnType<typeof multipart> | undefined;
  let before: Buffer | undefined;
  for await (const part of partsOf(bytes)) {
    size += part.length;
    if (before) {
      upload ??= multipart(client, object);
      await upload.put(before);
    }
    before = part;
  }
  const last = before ?? Buffer.alloc(0);
  if (upload) {
    await upload.put(last);
    await upload.complete();
  } else {
    const command = new PutObjectCommand({ ...object, Body: last, ChecksumAlgorithm: "SHA256" });
    await call(
      "S3",
      (abortSignal) => client.send(command, { abortSignal, ...timeFor(last.length) }),
      last.length,
    );
  }
  return size;
}

function multipart(client: S3Client, { Bucket, Key, ...options }: Omit<PutObjectCommandInput, "Body">) {
  const create = new CreateMultipartUploadCommand({ Bucket, Key, ...options, ChecksumAlgorithm: "SHA256" });
  const created = call("S3", (abortSignal) => client.send(create, { abortSignal }));
  const Parts: { ETag: string | undefined; PartNumber: number; ChecksumSHA256: string | undefined }[] = [];
  /** The part that is being sent. */
  let sending: Promise<unknown> = created;

  const send = async (Body: Buffer) => {
    const { UploadId } = await created;
    const PartNumber = Parts.length + 1;
    const command = new UploadPartCommand({
      ...{ Bucket, Key, UploadId, PartNumber, Body },
      ChecksumAlgorithm: "SHA256",
    });
    const { ETag, ChecksumSHA256 } = await call(
      "S3",
      (abortSignal) => client.send(command, { abortSignal, ...timeFor(Body.length) }),
      Body.length,
    );
    Parts.push({ ETag, PartNumber, ChecksumSHA256 });
  };
  return {
    /** Resolves when the part before has arrived. */
    async put(part: Buffer): Promise<void> {
      await sending;
      sending = send(part);
      // The next call reports a failure.
      sending.catch(() => {});
    },
    async complete(): Promise<void> {
      await sending;
      const { UploadId } = await created;
      const command = new CompleteMultipartUploadCommand({
        Bucket,
        Key,
        UploadId,
        MultipartUpload: { Parts },
      });
      await call("S3", (abortSignal) => client.send(command, { abortSignal }));
    },
  };
}

/** Yields the same bytes in parts of PART_BYTES; the last one may be shorter. */
async function* partsOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let part = Buffer.allocUnsafeSlow(PART_BYTES);
  let length = 0;
  for await (const piece of bytes)
    for (let from = 0; from < piece.length; ) {
      const taken = piece.subarray(from, from + PART_BYTES - length);
      part.set(taken, length);
      length += taken.length;
      from += taken.length;
      if (length < PART_BYTES) continue;
      yield part;
      part = Buffer.allocUnsafeSlow(PART_BYTES);
      length = 0;
    }
  if (length > 0) yield part.subarray(0, length);
}
