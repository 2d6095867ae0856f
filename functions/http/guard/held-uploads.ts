import type { Context, MiddlewareHandler } from "hono";
import type { ClipInput } from "../../../lib/audio/types.ts";
import { consumeUpload, type HeldUpload, holdUpload, releaseUpload } from "../../../lib/domain/upload/use.ts";
import { AppError } from "../../../lib/error.ts";
import type { UploadId } from "../../../lib/id.ts";
import type { Services } from "../../../lib/ports/services.ts";
import type { Env } from "../env.ts";
import { isAudioType } from "./media-type.ts";

export type UploadNeeds = Pick<Services, "clock" | "random" | "uploadFiles" | "uploads">;

/** Uploads are used up by the request that they were used in, if it succeeds; else they may be used again. */
export const uploadsSettled =
  (services: UploadNeeds): MiddlewareHandler<Env> =>
  async (c, next) => {
    c.set("held", []);
    await next();
    const settle = c.res.ok ? consumeUpload : releaseUpload;
    // What fails here changes no answer: the upload is free again when its hold ends, and erased after a day.
    await Promise.allSettled(c.var.held.map(async (held) => settle(services, await held)));
  };

export async function uploadedAudio(
  services: UploadNeeds,
  c: Context<Env>,
  uploadId: UploadId,
): Promise<ClipInput> {
  const { upload, bytes } = await hold(services, c, uploadId);
  if (!isAudioType(upload.mediaType))
    throw new AppError("unsupported-media-type", `This upload is ${upload.mediaType}, no audio.`);
  return { bytes, mediaType: upload.mediaType };
}

/** An upload that has to be of this type. */
export async function heldFile(
  services: UploadNeeds,
  c: Context<Env>,
  uploadId: UploadId,
  mediaType: string,
): Promise<Uint8Array> {
  const { upload, bytes } = await hold(services, c, uploadId);
  if (upload.mediaType !== mediaType)
    throw new AppError("unsupported-media-type", `This upload is ${upload.mediaType}, not ${mediaType}.`);
  return bytes;
}

function hold(services: UploadNeeds, c: Context<Env>, uploadId: UploadId): Promise<HeldUpload> {
  const held = holdUpload(services, { registryId: c.var.registry.registryId, uploadId });
  c.var.held.push(held);
  return held;
}
