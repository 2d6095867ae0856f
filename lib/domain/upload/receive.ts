import { AppError } from "../../error.ts";
import type { RegistryId, UploadId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Upload } from "../../ports/upload.ts";
import { EXPIRED, isOver, requireUpload } from "./upload.ts";

type Needs = Pick<Services, "backgroundTasks" | "clock" | "uploadFiles" | "uploads">;

/** An upload whose form is still good, where forms are posted to this service; before its file is read. */
export async function awaitedUpload(
  services: Needs,
  input: { registryId: RegistryId; uploadId: UploadId },
): Promise<Upload> {
  if (!services.uploadFiles.receive)
    throw new AppError("route-not-found", "Post the file to the form's own address.");
  const upload = await requireUpload(services, input);
  if (isOver(services, upload)) throw new AppError(EXPIRED.slug, EXPIRED.detail);
  if (upload.state !== "open")
    throw new AppError("upload-consumed", "This upload has been used; ask for a new one.");
  return upload;
}

/** Takes the file for an awaited upload. Another size or type than was announced is refused, as the object store does. */
export async function receiveUpload(
  services: Needs,
  upload: Upload,
  posted: { fields: Readonly<Record<string, string>>; bytes: Uint8Array },
): Promise<void> {
  const { registryId, uploadId } = upload;
  if (posted.bytes.length !== upload.bytes)
    throw new AppError(
      "upload-checksum-mismatch",
      `The file has ${posted.bytes.length} bytes; ${upload.bytes} were announced.`,
    );
  await services.uploadFiles.receive?.(upload, posted.fields, posted.bytes);
  if (upload.enroll) await services.backgroundTasks.add({ kind: "enroll-upload", registryId, uploadId });
}
