import { isAudioType } from "../../audio/formats/formats.ts";
import type { Recording } from "../../audio/types.ts";
import { AppError } from "../../error.ts";
import type { RegistryId, UploadId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { FileCopy, Upload } from "../../ports/upload.ts";
import { earliestNow } from "../../set-clock.ts";
import { sha256Of } from "../../sha256.ts";
import { isContention, untilCommitted } from "../commit.ts";
import { EXPIRED, isExpired, MAX_WHOLE_BYTES, requireUpload } from "./upload.ts";

/** No request runs this long, so a holder that keeps an upload longer has crashed. */
const HOLD_MS = 120_000;

type Needs = Pick<Services, "clock" | "random" | "uploadFiles" | "uploads">;
/** The checked file of an upload: in memory, or on disk if it is large. */
export type ArrivedFile = { bytes: Uint8Array } | FileCopy;
/** inPart: it stays usable after a success, for other parts */
export type HeldUpload = { upload: Upload; file: ArrivedFile; inPart?: boolean };

/**
 * Returns the checked file of an upload, and reserves the upload for this caller until
 * `consumeUpload` or `releaseUpload`.
 *
 * holder  names work that may restart after a crash; the same holder may reserve its upload again
 * throws  `upload-not-found`, `upload-incomplete`, `upload-expired`, `upload-consumed` (also while
 *         another caller holds it), `upload-checksum-mismatch`, `upload-changed`
 */
export async function holdUpload(
  services: Needs,
  input: { registryId: RegistryId; uploadId: UploadId; holder?: string | undefined },
): Promise<HeldUpload> {
  return untilCommitted(services, async () => {
    const upload = await requireUpload(services, input);
    const { holder } = input;
    const alreadyHeld = holder !== undefined && upload.state === "held" && upload.holder === holder;
    if (!alreadyHeld) refuseUsed(services, upload);
    const file = await arrivedFile(services, upload);
    const heldUntil = new Date(earliestNow(services.clock) + HOLD_MS).toISOString();
    const held = { ...upload, state: "held", heldUntil, holder, version: upload.version + 1 } as const;
    try {
      await services.uploads.put(held);
    } catch (error) {
      await forget(file);
      throw error;
    }
    return { upload: held, file };
  });
}

/** Throws `upload-not-found`, and `unsupported-media-type` for an upload that isn't audio. */
export async function requireRecording(
  services: Pick<Services, "uploads">,
  key: { registryId: RegistryId; uploadId: UploadId },
): Promise<Upload> {
  const upload = await requireUpload(services, key);
  if (isAudioType(upload.mediaType)) return upload;
  throw new AppError(
    "unsupported-media-type",
    `This upload is ${upload.mediaType}. Use an upload with an audio media type.`,
  );
}

/** Reserves an upload like `holdUpload`, as a recording of up to an hour. */
export async function holdRecording(
  services: Needs,
  input: { registryId: RegistryId; uploadId: UploadId; holder: string },
): Promise<{ recording: Recording; held: HeldUpload }> {
  const held = await holdUpload(services, input);
  const { upload, file } = held;
  const content = "path" in file ? { path: file.path } : { bytes: file.bytes };
  return { recording: { ...content, mediaType: upload.mediaType }, held };
}

/** Marks the upload as used and deletes its file, unless only a part of it was used. */
export async function consumeUpload(
  services: Needs,
  { upload, file, inPart }: Pick<HeldUpload, "upload"> & Partial<HeldUpload>,
): Promise<void> {
  if (file) await forget(file);
  if (inPart) return settle(services, { ...upload, state: "open" });
  await settle(services, { ...upload, state: "consumed" });
  await services.uploadFiles.remove(upload.registryId, upload.uploadId);
}

/** Makes the upload available again after an operation that failed without effect. */
export async function releaseUpload(services: Needs, { upload, file }: HeldUpload): Promise<void> {
  await forget(file);
  await settle(services, { ...upload, state: "open" });
}

/** Deletes the copy of a large file. */
export const forget = async (file: ArrivedFile): Promise<void> =>
  "path" in file ? file.remove() : undefined;

/** Reads the file and checks it against the announced size and sha256. Call `forget` afterwards. */
export async function arrivedFile(
  services: Pick<Services, "clock" | "uploadFiles">,
  upload: Upload,
): Promise<ArrivedFile> {
  const { registryId, uploadId } = upload;
  const head = await services.uploadFiles.head(registryId, uploadId);
  if (!head && isExpired(services, upload)) throw new AppError(EXPIRED.slug, EXPIRED.detail);
  if (!head)
    throw new AppError("upload-incomplete", "The file has not arrived yet. Post the form first.", {
      retryAfterSeconds: 1,
    });
  if (head.bytes !== upload.bytes)
    throw mismatch(`The file has ${head.bytes} bytes, but the upload announced ${upload.bytes}.`);
  const file =
    head.bytes > MAX_WHOLE_BYTES
      ? await services.uploadFiles.copy(registryId, uploadId, head.version)
      : await wholeFile(services, upload, head.version);
  if (!file)
    throw new AppError("upload-changed", "The file was replaced while it was being read. Try again.");
  if (file.sha256 === upload.sha256) return file;
  await forget(file);
  throw mismatch("The file's sha256 does not match the announced one.");
}

async function wholeFile(
  { uploadFiles }: Pick<Services, "uploadFiles">,
  { registryId, uploadId }: Upload,
  version: string,
) {
  const bytes = await uploadFiles.read(registryId, uploadId, version);
  return bytes && { bytes, sha256: sha256Of(bytes) };
}

const mismatch = (difference: string): AppError =>
  new AppError("upload-checksum-mismatch", `${difference} Create a new upload and send the file again.`);

function refuseUsed({ clock }: Pick<Services, "clock">, { state, enroll, heldUntil }: Upload): void {
  if (enroll)
    throw new AppError(
      "upload-consumed",
      "This upload is enrolled automatically and can't be used for anything else.",
    );
  if (state === "held" && earliestNow(clock) < Date.parse(heldUntil ?? ""))
    throw new AppError("upload-consumed", "Another request is using this upload.", { retryAfterSeconds: 1 });
  if (state !== "open" && state !== "held")
    throw new AppError("upload-consumed", "This upload has been used. Create a new upload.");
}

/** Ends the reservation; does nothing if it timed out and another caller has taken the upload. */
async function settle(services: Needs, upload: Upload): Promise<void> {
  try {
    await services.uploads.put({
      ...upload,
      heldUntil: undefined,
      holder: undefined,
      version: upload.version + 1,
    });
  } catch (error) {
    if (!isContention(error)) throw error;
  }
}
