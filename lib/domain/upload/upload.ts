import { AppError } from "../../error.ts";
import { type KeyId, makeId, type RegistryId, type UploadId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Failure, Upload, UploadEnrollment, UploadForm } from "../../ports/upload.ts";
import type { UploadView } from "../../schema/upload.ts";
import { earliestNow } from "../../set-clock.ts";

/** An hour of 16 kHz stereo in 16 bits takes 220 MiB. */
export const MAX_UPLOAD_BYTES = 256 * 1024 * 1024;
/**
 * A file up to this size is read into memory: two minutes (the longest clip) of 16-bit 48 kHz
 * stereo take 22 MiB.
 */
export const MAX_WHOLE_BYTES = 24 * 1024 * 1024;
/** The media type of a job's manifest. */
export const MANIFEST_TYPE = "application/x-ndjson";
const FORM_MS = 300_000;
const KEPT_MS = 86_400_000;

type UploadInput = {
  registryId: RegistryId;
  keyId: KeyId;
  mediaType: string;
  /** Size of the file: 1 to MAX_UPLOAD_BYTES. */
  bytes: number;
  /** 64 lowercase hexadecimal digits. */
  sha256: string;
  enroll?: UploadEnrollment | undefined;
};

/**
 * Creates an upload for one file, and the form that accepts the file for five minutes. Both are
 * deleted after a day.
 */
export async function openUpload(
  services: Pick<Services, "clock" | "random" | "uploadFiles" | "uploads">,
  { enroll, ...input }: UploadInput,
): Promise<{ upload: UploadView; form: UploadForm & { expiresAt: string } }> {
  const now = services.clock.now().getTime();
  const at = (milliseconds: number) => new Date(now + milliseconds).toISOString();
  const upload: Upload = {
    ...input,
    uploadId: makeId("upl", services.random.bytes(16)),
    enroll: enroll && {
      speakerId: enroll.speakerId,
      channel: enroll.channel,
      piece: enroll.piece,
      keepAudio: enroll.keepAudio,
    },
    state: "open",
    heldUntil: undefined,
    holder: undefined,
    clips: [],
    problem: undefined,
    createdAt: at(0),
    expiresAt: at(FORM_MS),
    goneAt: at(KEPT_MS),
    version: 1,
  };
  await services.uploads.put(upload);
  const form = await services.uploadFiles.form(upload);
  return { upload: uploadView(upload, "waiting"), form: { ...form, expiresAt: upload.expiresAt } };
}

export async function readUpload(
  services: Pick<Services, "clock" | "uploadFiles" | "uploads">,
  input: { registryId: RegistryId; uploadId: UploadId },
): Promise<UploadView> {
  const upload = await requireUpload(services, input);
  if (upload.state === "held" || upload.state === "enrolling") return uploadView(upload, "arrived");
  if (upload.state !== "open") return uploadView(upload, upload.state);
  if (await services.uploadFiles.head(input.registryId, input.uploadId)) return uploadView(upload, "arrived");
  if (!isExpired(services, upload)) return uploadView(upload, "waiting");
  return uploadView({ ...upload, problem: EXPIRED }, "failed");
}

/** Throws the same `upload-not-found` for an unknown upload and for another registry's. */
export async function requireUpload(
  { uploads }: Pick<Services, "uploads">,
  { registryId, uploadId }: { registryId: RegistryId; uploadId: UploadId },
): Promise<Upload> {
  const upload = await uploads.get(registryId, uploadId);
  if (!upload) throw new AppError("upload-not-found", "No such upload. Uploads are deleted after a day.");
  return upload;
}

/** True once the form has expired. */
export const isExpired = ({ clock }: Pick<Services, "clock">, { expiresAt }: Upload): boolean =>
  earliestNow(clock) >= Date.parse(expiresAt);

export const EXPIRED: Failure = {
  slug: "upload-expired",
  detail: "The upload expired before the file arrived. Create a new upload and try again.",
};

const uploadView = (upload: Upload, state: UploadView["state"]): UploadView => ({
  id: upload.uploadId,
  state,
  mediaType: upload.mediaType,
  bytes: upload.bytes,
  sha256: upload.sha256,
  enroll: upload.enroll ? { speaker: upload.enroll.speakerId, channel: upload.enroll.channel ?? null } : null,
  clips: upload.clips,
  problem: upload.problem ?? null,
  createdAt: upload.createdAt,
  expiresAt: upload.expiresAt,
  goneAt: upload.goneAt,
});
