import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { checkMediaType } from "../../../lib/audio/formats/decode.ts";
import type { ClipInput } from "../../../lib/audio/types.ts";
import { storedRecording } from "../../../lib/domain/speaker/recording.ts";
import { AppError } from "../../../lib/error.ts";
import type { Services } from "../../../lib/ports/services.ts";
import type { Env } from "../env.ts";
import { requireScope } from "../guard/auth.ts";
import { type UploadNeeds, uploadedAudio } from "../guard/held-uploads.ts";
import { essence } from "../guard/media-type.ts";
import { decodeBase64 } from "./base64.ts";
import { Channel, invalid, parse, Speaker, speakerIdOf, uploadIdOf } from "./schema.ts";

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
  channel: Channel.optional(),
});
const Upload = z.strictObject({
  upload: z.string().min(1).max(100).describe("The ID of an upload."),
  channel: Channel.optional(),
});
const Stored = z.strictObject({
  clip: z.string().min(1).max(100).describe("The ID of an enrolled clip of `speaker`."),
  speaker: Speaker,
  channel: Channel.optional(),
});
export const Audio = z.union([Inline, Upload, Stored]);

/** A clip in the request, or a reference to one that has to be fetched. */
export type AudioSource = ClipInput | z.infer<typeof Upload> | z.infer<typeof Stored>;

/** Parses an audio field of a JSON body. */
export function jsonAudio(value: unknown, pointer: string): AudioSource {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalid([
      {
        pointer,
        detail: 'Send audio as {"base64": "..."}, {"upload": "..."} or {"clip": "...", "speaker": "..."}.',
      },
    ]);
  if ("upload" in value) return parse(Upload, value, pointer);
  if ("clip" in value) return parse(Stored, value, pointer);
  const { base64, mediaType, channel } = parse(Inline, value, pointer);
  const inline = decodeBase64(base64);
  if (!inline) throw invalid([{ pointer, detail: "This isn't valid base64 (RFC 4648, section 4 or 5)." }]);
  const type = mediaType ?? inline.mediaType;
  return { bytes: inline.bytes, mediaType: type && audioType(type), channel };
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

/** Returns the audio. An upload is then held for this request. */
export async function fetchAudio(
  services: UploadNeeds & Pick<Services, "clips" | "clock" | "embedder" | "speakers">,
  c: Context<Env>,
  source: AudioSource,
): Promise<ClipInput> {
  if ("bytes" in source) return source;
  if ("upload" in source)
    return withChannel(
      await uploadedAudio(services, c, uploadIdOf(source.upload), source.channel),
      source.channel,
    );
  requireScope(c.var.key.scopes, "clips:read");
  return storedRecording(services, {
    registry: c.var.registry,
    speakerId: speakerIdOf(source.speaker),
    clipId: source.clip,
    channel: source.channel,
  });
}

/** Uses `channel` for a clip that doesn't name a channel itself. */
export const withChannel = (clip: ClipInput, channel: number | undefined): ClipInput => ({
  ...clip,
  channel: clip.channel ?? channel,
});
