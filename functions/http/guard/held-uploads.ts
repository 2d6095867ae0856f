import type { Context, MiddlewareHandler } from "hono";
import { isAudioType } from "../../../lib/audio/formats/formats.ts";
import type { ClipInput } from "../../../lib/audio/types.ts";
import { clipFrom } from "../../../lib/domain/upload/clip.ts";
import {
  type ArrivedFile,
  consumeUpload,
  type HeldUpload,
  holdUpload,
  releaseUpload,
} from "../../../lib/domain/upload/use.ts";
import { AppError } from "../../../lib/error.ts";
import type { UploadId } from "../../../lib/id.ts";
import type { Services } from "../../../lib/ports/services.ts";
import type { Env } from "../env.ts";

type Selected = Omit<Parameters<typeof clipFrom>[2], "mediaType">;
export type UploadNeeds = Pick<Services, "clock" | "random" | "uploadFiles" | "uploads">;

/**
 * Consumes the uploads that a request has used if it succeeds. Releases them if it fails, and those
 * of which it used a part.
 */
export const uploadsSettled =
  (services: UploadNeeds): MiddlewareHandler<Env> =>
  async (c, next) => {
    c.set("held", []);
    await next();
    const settle = c.res.ok ? consumeUpload : releaseUpload;
    // A failure here doesn't change the reply: the hold on an upload expires, and a day later the
    // upload is deleted.
    await Promise.allSettled(
      c.var.held.map(async ({ upload, inPart }) => settle(services, { ...(await upload), inPart })),
    );
  };

/** Returns the clip, cut out of the upload if it is a part of it. */
export async function uploadedAudio(
  services: UploadNeeds & Pick<Services, "embedder">,
  c: Context<Env>,
  uploadId: UploadId,
  selected: Selected,
): Promise<ClipInput> {
  const { upload, file } = await hold(services, c, uploadId, selected.piece !== undefined);
  if (!isAudioType(upload.mediaType))
    throw new AppError(
      "unsupported-media-type",
      `This upload is ${upload.mediaType}. Use an upload with an audio media type.`,
    );
  return clipFrom(services, file, { mediaType: upload.mediaType, ...selected });
}

/** Returns the file of an upload. Throws `unsupported-media-type` if it has another media type. */
export async function heldFile(
  services: UploadNeeds,
  c: Context<Env>,
  uploadId: UploadId,
  mediaType: string,
): Promise<ArrivedFile> {
  const { upload, file } = await hold(services, c, uploadId);
  if (upload.mediaType !== mediaType)
    throw new AppError(
      "unsupported-media-type",
      `This upload is ${upload.mediaType}. Use an upload of type ${mediaType}.`,
    );
  return file;
}

/** Several parts of one upload share it. */
function hold(
  services: UploadNeeds,
  c: Context<Env>,
  uploadId: UploadId,
  inPart = false,
): Promise<HeldUpload> {
  const shared = c.var.held.find((one) => one.uploadId === uploadId && one.inPart && inPart);
  if (shared) return shared.upload;
  // A repeated request may use the upload that its crashed first attempt holds.
  const holder = c.var.attempt?.mark;
  const held = holdUpload(services, { registryId: c.var.registry.registryId, uploadId, holder });
  c.var.held.push({ uploadId, inPart, upload: held });
  return held;
}
