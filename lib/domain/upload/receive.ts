import { AppError } from "../../error.ts";
import type { RegistryId, UploadId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Upload } from "../../ports/upload.ts";
import { requireStillAllowed } from "../registry/still-allowed.ts";
import { EXPIRED, isExpired, requireUpload } from "./upload.ts";

type Needs = Pick<Services, "backgroundTasks" | "clock" | "keys" | "registries" | "uploadFiles" | "uploads">;

/**
 * The upload that a posted file is for, checked before the body is read.
 *
 * throws `route-not-found` if forms are not posted to this service; `upload-not-found`;
 *        `upload-expired`; `upload-consumed`; `tenant-suspended`; `unauthorized`
 *        if the key that opened the upload was revoked
 */
export async function awaitedUpload(
  services: Needs,
  input: { registryId: RegistryId; uploadId: UploadId },
): Promise<Upload> {
  if (!services.uploadFiles.receive)
    throw new AppError("route-not-found", "Post the file to the URL of the upload form.");
  const upload = await requireUpload(services, input);
  await requireStillAllowed(services, upload);
  if (isExpired(services, upload)) throw new AppError(EXPIRED.slug, EXPIRED.detail);
  if (upload.state !== "open")
    throw new AppError("upload-consumed", "This upload has been used. Create a new upload.");
  return upload;
}

/**
 * Stores the file of an upload while it arrives. Like the object store, rejects a size or type
 * other than announced.
 */
export async function receiveUpload(
  services: Needs,
  upload: Upload,
  posted: { fields: Readonly<Record<string, string>>; file: AsyncIterable<Uint8Array> },
): Promise<void> {
  const { registryId, uploadId } = upload;
  await services.uploadFiles.receive?.(upload, posted.fields, ofSize(upload.bytes, posted.file));
  if (upload.enroll) await services.backgroundTasks.add({ kind: "enroll-upload", registryId, uploadId });
}

/**
 * Passes the chunks on. Throws `upload-checksum-mismatch` unless they have `size` bytes together.
 */
async function* ofSize(size: number, file: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of file) {
    bytes += chunk.length;
    if (bytes <= size) yield chunk;
  }
  if (bytes !== size)
    throw new AppError(
      "upload-checksum-mismatch",
      `The file has ${bytes} bytes, but the upload announced ${size}.`,
    );
}
