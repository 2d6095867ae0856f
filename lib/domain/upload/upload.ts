import { AppError } from "../../error.ts";
import { makeId, type RegistryId, type SpeakerId, type UploadId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Failure, Upload, UploadForm } from "../../ports/upload.ts";
import type { UploadView } from "../replies.ts";

/** 24 MiB: two minutes, which is all a clip may last, of 48 kHz stereo in 16 bits, and some more. */
export const MAX_UPLOAD_BYTES = 24 * 1024 * 1024;
/** What a job's manifest is uploaded as. */
export const MANIFEST_TYPE = "application/x-ndjson";
const FORM_MS = 300_000;
const KEPT_MS = 86_400_000;

export type UploadInput = {
  registryId: RegistryId;
  mediaType: string;
  /** 1..MAX_UPLOAD_BYTES */
  bytes: number;
  /** 64 hexadecimal digits in lower case. */
  sha256: string;
  enroll?: { speakerId: SpeakerId; channel?: number | undefined } | undefined;
};

/** A ticket for one file, and the form that puts it there within five minutes. After a day nothing is left of either. */
export async function openUpload(
  services: Pick<Services, "clock" | "random" | "uploadFiles" | "uploads">,
  { enroll, ...input }: UploadInput,
): Promise<{ upload: UploadView; form: UploadForm & { expiresAt: string } }> {
  const now = services.clock.now().getTime();
  const at = (milliseconds: number) => new Date(now + milliseconds).toISOString();
  const upload: Upload = {
    ...input,
    uploadId: makeId("upl", services.random.bytes(16)),
    enroll: enroll && { speakerId: enroll.speakerId, channel: enroll.channel },
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
  return { upload: viewOf(upload, "waiting"), form: { ...form, expiresAt: upload.expiresAt } };
}

export async function readUpload(
  services: Pick<Services, "clock" | "uploadFiles" | "uploads">,
  input: { registryId: RegistryId; uploadId: UploadId },
): Promise<UploadView> {
  const upload = await requireUpload(services, input);
  if (upload.state === "held" || upload.state === "enrolling") return viewOf(upload, "arrived");
  if (upload.state !== "open") return viewOf(upload, upload.state);
  if (await services.uploadFiles.head(input.registryId, input.uploadId)) return viewOf(upload, "arrived");
  if (!isOver(services, upload)) return viewOf(upload, "waiting");
  return viewOf({ ...upload, problem: EXPIRED }, "failed");
}

/** Another registry's upload and none get the same answer. */
export async function requireUpload(
  { uploads }: Pick<Services, "uploads">,
  { registryId, uploadId }: { registryId: RegistryId; uploadId: UploadId },
): Promise<Upload> {
  const upload = await uploads.get(registryId, uploadId);
  if (!upload) throw new AppError("upload-not-found", "No such upload; uploads are kept for a day.");
  return upload;
}

/** Has the time of its form passed? */
export const isOver = ({ clock }: Pick<Services, "clock">, { expiresAt }: Upload): boolean =>
  clock.now().getTime() >= Date.parse(expiresAt);

export const EXPIRED: Failure = {
  slug: "upload-expired",
  detail: "The file did not arrive within the form's time; ask for a new upload.",
};

const viewOf = (upload: Upload, state: UploadView["state"]): UploadView => ({
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
