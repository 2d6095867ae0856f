import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { ClipInput } from "../../../lib/audio/types.ts";
import { storedRecording } from "../../../lib/domain/speaker/recording.ts";
import { AppError } from "../../../lib/error.ts";
import type { Services } from "../../../lib/ports/services.ts";
import type { Env } from "../env.ts";
import { type UploadNeeds, uploadedAudio } from "../guard/held-uploads.ts";
import { essence, isAudioType } from "../guard/media-type.ts";
import { invalid, parse, Speaker, speakerIdOf, uploadIdOf } from "./schema.ts";

export const Inline = z.strictObject({
  base64: z.string().min(1).openapi({ description: "The file's bytes in base 64 (RFC 4648, section 4)." }),
  mediaType: z.string().min(1).max(100).optional().openapi({ example: "audio/wav" }),
});
export const Upload = z.strictObject({
  upload: z.string().min(1).max(100).openapi({ description: "Id of an upload." }),
});
export const Stored = z.strictObject({
  clip: z.string().min(1).max(100).openapi({ description: "Id of an enrolled clip." }),
  speaker: Speaker,
});
export const Audio = z.union([Inline, Upload, Stored]);

/** Where a clip's bytes are: in the request, or still to be fetched. */
export type AudioSource = ClipInput | z.infer<typeof Upload> | z.infer<typeof Stored>;

/** What stands in JSON where audio goes. */
export function jsonAudio(value: unknown, pointer: string): AudioSource {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalid([{ pointer, detail: 'Send {"base64": "..."}.' }]);
  if ("upload" in value) return parse(Upload, value, pointer);
  if ("clip" in value) return parse(Stored, value, pointer);
  const { base64, mediaType } = parse(Inline, value, pointer);
  const bytes = Buffer.from(base64, "base64");
  // Node skips what is not base 64; only canonical text comes out as it went in.
  if (bytes.toString("base64") !== base64) throw invalid([{ pointer, detail: "This is not base 64." }]);
  return { bytes, mediaType: mediaType && audioType(mediaType) };
}

/** A part of a multipart body: a file without a telling type is known by its first bytes. */
export async function partAudio(name: string, value: string | File): Promise<AudioSource> {
  if (typeof value === "string")
    throw new AppError("malformed-multipart", `The part ${name} is no file; give it a filename.`);
  if (value.size === 0) throw new AppError("empty-body", `The part ${name} is empty.`);
  const bytes = new Uint8Array(await value.arrayBuffer());
  const telling = value.type !== "" && essence(value.type) !== "application/octet-stream";
  return { bytes, mediaType: telling ? audioType(value.type) : undefined };
}

export function audioType(text: string): string {
  const type = essence(text);
  if (!isAudioType(type))
    throw new AppError("unsupported-media-type", `${type.slice(0, 100)} is not taken as audio.`);
  return type;
}

/** The audio itself. An upload is this request's from now on. */
export async function fetchAudio(
  services: UploadNeeds & Pick<Services, "clips" | "speakers">,
  c: Context<Env>,
  source: AudioSource,
): Promise<ClipInput> {
  if ("bytes" in source) return source;
  if ("upload" in source) return uploadedAudio(services, c, uploadIdOf(source.upload));
  const { registryId } = c.var.registry;
  return storedRecording(services, {
    registryId,
    speakerId: speakerIdOf(source.speaker),
    clipId: source.clip,
  });
}
