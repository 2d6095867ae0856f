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
 * Stores the file of an upload. Like the object store, rejects a size or type other than announced.
 */
export async function receiveUpload(
  services: Needs,
  upload: Upload,
  posted: { fields: Readonly<Record<string, string>>; bytes: Uint8Array },
): Promise<void> {
  const { registryId, uploadId } = upload;
  if (posted.bytes.length !== upload.bytes)
    throw new AppError(
      "upload-checksum-mismatch",
      `The file has ${posted.bytes.length} bytes, but the upload announced ${upload.bytes}.`,
    );
  await services.uploadFiles.receive?.(upload, posted.fields, posted.bytes);
  if (upload.enroll) await services.backgroundTasks.add({ kind: "enroll-upload", registryId, uploadId });
}
