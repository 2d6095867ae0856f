import { AppError } from "../../error.ts";
import type { RegistryId, UploadId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Upload } from "../../ports/upload.ts";
import { isContention, untilCommitted } from "../commit.ts";
import { isRecording } from "../speaker/stored-clip.ts";
import { EXPIRED, isOver, requireUpload } from "./upload.ts";

/** Whoever holds an upload for longer has died: no request lasts as long. */
const HOLD_MS = 120_000;

type Needs = Pick<Services, "clock" | "random" | "uploadFiles" | "uploads">;
export type HeldUpload = { upload: Upload; bytes: Uint8Array };

/**
 * The file of an upload, checked and for this caller alone until `consumeUpload` or `releaseUpload`. `holder`: of work that is
 * begun again after a crash; it may hold what it holds already.
 *
 * throws `upload-not-found`, `upload-incomplete`, `upload-expired`, `upload-consumed` (also while another holds it),
 *        `upload-checksum-mismatch`, `upload-changed`
 */
export async function holdUpload(
  services: Needs,
  input: { registryId: RegistryId; uploadId: UploadId; holder?: string | undefined },
): Promise<HeldUpload> {
  return untilCommitted(services, async () => {
    const upload = await requireUpload(services, input);
    const own = input.holder !== undefined && upload.state === "held" && upload.holder === input.holder;
    if (!own) refuseSpent(services, upload);
    const bytes = await arrivedBytes(services, upload);
    const heldUntil = new Date(services.clock.now().getTime() + HOLD_MS).toISOString();
    const { holder } = input;
    const held = { ...upload, state: "held", heldUntil, holder, version: upload.version + 1 } as const;
    await services.uploads.put(held);
    return { upload: held, bytes };
  });
}

/** Used for good; its file is erased. */
export async function consumeUpload(services: Needs, { upload }: HeldUpload): Promise<void> {
  await settle(services, { ...upload, state: "consumed" });
  await services.uploadFiles.remove(upload.registryId, upload.uploadId);
}

/** What it was held for has failed and changed nothing: it may be used again. */
export const releaseUpload = (services: Needs, { upload }: HeldUpload): Promise<void> =>
  settle(services, { ...upload, state: "open" });

/** The file as it was announced, of one version. */
export async function arrivedBytes(
  services: Pick<Services, "clock" | "uploadFiles">,
  upload: Upload,
): Promise<Uint8Array> {
  const { registryId, uploadId } = upload;
  const head = await services.uploadFiles.head(registryId, uploadId);
  if (!head && isOver(services, upload)) throw new AppError(EXPIRED.slug, EXPIRED.detail);
  if (!head)
    throw new AppError("upload-incomplete", "The file has not arrived; post the form first.", {
      retryAfterSeconds: 1,
    });
  if (head.bytes !== upload.bytes)
    throw mismatch(`${head.bytes} bytes arrived; ${upload.bytes} were announced.`);
  const bytes = await services.uploadFiles.read(registryId, uploadId, head.version);
  if (!bytes) throw new AppError("upload-changed", "The file was replaced while it was read; use it again.");
  if (!isRecording(bytes, upload.sha256)) throw mismatch("Its sha256 is not the one that was announced.");
  return bytes;
}

const mismatch = (what: string): AppError =>
  new AppError("upload-checksum-mismatch", `${what} Ask for a new upload and send the file again.`);

function refuseSpent({ clock }: Pick<Services, "clock">, { state, enroll, heldUntil }: Upload): void {
  if (enroll)
    throw new AppError("upload-consumed", "This upload is enrolled by itself; it is for nothing else.");
  if (state === "held" && clock.now().getTime() < Date.parse(heldUntil ?? ""))
    throw new AppError("upload-consumed", "Another request is using this upload.", { retryAfterSeconds: 1 });
  if (state !== "open" && state !== "held")
    throw new AppError("upload-consumed", "This upload has been used; ask for a new one.");
}

/** Nothing happens where it was held for too long and is another's by now. */
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
