import { AppError } from "../../error.ts";
import type { RegistryId, UploadId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Upload } from "../../ports/upload.ts";
import { earliestNow } from "../../set-clock.ts";
import { isContention, untilCommitted } from "../commit.ts";
import { isRecording } from "../speaker/stored-clip.ts";
import { EXPIRED, isExpired, requireUpload } from "./upload.ts";

/** No request runs this long, so a holder that keeps an upload longer has crashed. */
const HOLD_MS = 120_000;

type Needs = Pick<Services, "clock" | "random" | "uploadFiles" | "uploads">;
export type HeldUpload = { upload: Upload; bytes: Uint8Array };

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
    const bytes = await arrivedBytes(services, upload);
    const heldUntil = new Date(earliestNow(services.clock) + HOLD_MS).toISOString();
    const held = { ...upload, state: "held", heldUntil, holder, version: upload.version + 1 } as const;
    await services.uploads.put(held);
    return { upload: held, bytes };
  });
}

/** Marks the upload as used and deletes its file. */
export async function consumeUpload(services: Needs, { upload }: Pick<HeldUpload, "upload">): Promise<void> {
  await settle(services, { ...upload, state: "consumed" });
  await services.uploadFiles.remove(upload.registryId, upload.uploadId);
}

/** Makes the upload available again after an operation that failed without effect. */
export const releaseUpload = (services: Needs, { upload }: HeldUpload): Promise<void> =>
  settle(services, { ...upload, state: "open" });

/** Reads the file and checks it against the announced size and sha256. */
export async function arrivedBytes(
  services: Pick<Services, "clock" | "uploadFiles">,
  upload: Upload,
): Promise<Uint8Array> {
  const { registryId, uploadId } = upload;
  const head = await services.uploadFiles.head(registryId, uploadId);
  if (!head && isExpired(services, upload)) throw new AppError(EXPIRED.slug, EXPIRED.detail);
  if (!head)
    throw new AppError("upload-incomplete", "The file has not arrived yet. Post the form first.", {
      retryAfterSeconds: 1,
    });
  if (head.bytes !== upload.bytes)
    throw mismatch(`The file has ${head.bytes} bytes, but the upload announced ${upload.bytes}.`);
  const bytes = await services.uploadFiles.read(registryId, uploadId, head.version);
  if (!bytes)
    throw new AppError("upload-changed", "The file was replaced while it was being read. Try again.");
  if (!isRecording(bytes, upload.sha256))
    throw mismatch("The file's sha256 does not match the announced one.");
  return bytes;
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
