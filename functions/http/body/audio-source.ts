import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { checkMediaType } from "../../../lib/audio/formats/decode.ts";
import type { ClipInput } from "../../../lib/audio/types.ts";
import { storedRecording } from "../../../lib/domain/speaker/recording.ts";
import { clipFrom } from "../../../lib/domain/upload/clip.ts";
import { AppError } from "../../../lib/error.ts";
import type { Services } from "../../../lib/ports/services.ts";
import type { Env } from "../env.ts";
import { requireScope } from "../guard/auth.ts";
import { type UploadNeeds, uploadedAudio } from "../guard/held-uploads.ts";
import { essence } from "../guard/media-type.ts";
import { decodeBase64 } from "./base64.ts";
import { completed, type Selection, selection, selectionOf } from "./piece.ts";
import { invalid, parse, Speaker, speakerIdOf, uploadIdOf } from "./schema.ts";

const Inline = z.strictObject({
  base64: z
    .string()
    .min(1)
    .describe(
      "The file's bytes in base64 (RFC 4648, section 4 or 5). Line breaks, missing padding and a `data:` URL " +
        "are accepted.",
    ),
  mediaType: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe("The media type, such as `audio/wav`. Detected from the bytes if absent."),
  ...selection,
});
const Upload = z.strictObject({
  upload: z.string().min(1).max(100).describe("The ID of an upload."),
  ...selection,
});
const Stored = z.strictObject({
  clip: z.string().min(1).max(100).describe("The ID of an enrolled clip of `speaker`."),
  speaker: Speaker,
  ...selection,
});
const AtUri = z.strictObject({
  uri: z
    .string()
    .min(1)
    .max(2000)
    .describe(
      "The file's `s3://BUCKET/KEY` or `file:///PATH`, under a prefix that the operator of the service allows. It is " +
        "read when the job gets to the line.",
    ),
  mediaType: Inline.shape.mediaType,
  ...selection,
});
/** What a line of a job takes. */
export const LineAudio = z.union([Inline, Upload, Stored, AtUri]).meta({
  id: "LineAudio",
  description: "A recording: its bytes, an upload, an enrolled clip, or a file at a URI.",
});
export const Audio = z.union([Inline, Upload, Stored]).meta({
  id: "Audio",
  description: "A recording: its bytes, an upload, or an enrolled clip.",
});

/**
 * A recording in the request, or a reference to one that has to be fetched, and which part of it is
 * the clip.
 */
export type AudioSource = Selection &
  (
    | { bytes: Uint8Array; mediaType?: string | undefined }
    | { upload: string }
    | { clip: string; speaker: string }
  );

export type LineSource = AudioSource | (Selection & { uri: string; mediaType?: string | undefined });

/** Parses an audio field of a line. */
export function lineSource(value: unknown, pointer: string): LineSource {
  if (typeof value !== "object" || value === null || !("uri" in value)) return jsonAudio(value, pointer);
  const { uri, mediaType, ...selected } = parse(AtUri, value, pointer);
  return { uri, mediaType: mediaType && audioType(mediaType), ...selectionOf(selected, "", pointer) };
}

/** Parses an audio field of a JSON body. */
export function jsonAudio(value: unknown, pointer: string): AudioSource {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalid([
      {
        pointer,
        detail: 'Send audio as {"base64": "..."}, {"upload": "..."} or {"clip": "...", "speaker": "..."}.',
      },
    ]);
  if ("upload" in value) {
    const { upload, ...selected } = parse(Upload, value, pointer);
    return { upload, ...selectionOf(selected, "", pointer) };
  }
  if ("clip" in value) {
    const { clip, speaker, ...selected } = parse(Stored, value, pointer);
    return { clip, speaker, ...selectionOf(selected, "", pointer) };
  }
  const { base64, mediaType, ...selected } = parse(Inline, value, pointer);
  const inline = decodeBase64(base64);
  if (!inline) throw invalid([{ pointer, detail: "This isn't valid base64 (RFC 4648, section 4 or 5)." }]);
  const type = mediaType ?? inline.mediaType;
  return {
    bytes: inline.bytes,
    mediaType: type && audioType(type),
    ...selectionOf(selected, "", pointer),
  };
}

/** Reads a file part of a multipart body. A generic media type is ignored: the bytes decide. */
export async function partAudio(name: string, value: string | File): Promise<AudioSource> {
  if (typeof value === "string")
    throw new AppError("malformed-multipart", `The part \`${name}\` isn't a file. Send it with a filename.`);
  if (value.size === 0) throw new AppError("empty-body", `The part \`${name}\` is empty.`);
  const bytes = new Uint8Array(await value.arrayBuffer());
  const isSpecific = value.type !== "" && essence(value.type) !== "application/octet-stream";
  return { bytes, mediaType: isSpecific ? audioType(value.type) : undefined };
}

/** Returns the type without parameters. Throws `unsupported-media-type`. */
export function audioType(text: string): string {
  checkMediaType(text);
  return essence(text);
}

/**
 * Returns the clip. An upload is then held for this request.
 *
 * request  the selection for recordings that have none of their own
 */
export async function fetchAudio(
  services: UploadNeeds & Pick<Services, "clips" | "clock" | "embedder" | "speakers">,
  c: Context<Env>,
  source: AudioSource,
  request: Selection,
): Promise<ClipInput> {
  const { channel, piece } = completed(source, request);
  if ("bytes" in source) {
    const { bytes, mediaType } = source;
    return clipFrom(services, { bytes }, { mediaType, channel, piece });
  }
  if ("upload" in source) return uploadedAudio(services, c, uploadIdOf(source.upload), { channel, piece });
  requireScope(c.var.key.scopes, "clips:read");
  const stored = await storedRecording(services, {
    registry: c.var.registry,
    speakerId: speakerIdOf(source.speaker),
    clipId: source.clip,
    channel: source.channel,
  });
  const selected = { mediaType: stored.mediaType, channel: stored.channel ?? channel, piece };
  return { ...(await clipFrom(services, stored, selected)), enrolledFor: stored.enrolledFor };
}
