import { AppError } from "../../error.ts";
import { type ByteSource, inMemory } from "../byte-source.ts";
import { CLIP, type Limits, undecodable } from "../limits.ts";
import type { ClipInput, Pcm } from "../types.ts";
import { howToConvert } from "./convert.ts";
import { type AudioFormat, formatNames, isAudioType } from "./formats.ts";
import { sniff } from "./sniff.ts";
import { withoutLeadingTags } from "./tags.ts";
import { checkIntact } from "./text-damage.ts";

/** Bytes by which a file is recognized. */
const HEAD = 8192;

/**
 * Decodes a clip in one of the FORMATS (formats.ts) to samples: every channel, at the file's own
 * rate (16 kHz for Opus). Does not resample or mix.
 *
 * The media type is only a hint: any audio or video type is accepted. The first bytes alone decide
 * which decoder runs, so an Ogg file sent as audio/wav is decoded as Ogg. ID3 tags before the file
 * are skipped.
 *
 * No decoder trusts a size from a header, and none decodes more than limits.ts allows. Samples are
 * decoded while the blocks are read, which throws the same errors.
 *
 * Throws AppError: `unsupported-media-type`, `empty-body` and the `audio-*` slugs of
 * docs/bad-input.md.
 */
export const decode = ({ bytes, mediaType }: ClipInput): Promise<Pcm> =>
  decodeFile(inMemory(bytes), mediaType, CLIP);

/** Like `decode`, for a file in memory or on disk, of which only a part is in memory at a time. */
export async function decodeFile(
  file: ByteSource,
  mediaType: string | undefined,
  limits: Limits,
): Promise<Pcm> {
  const { format, source } = opened(file, mediaType);
  return format.decode(source, limits);
}

/**
 * The length of a clip in seconds, as its file states it. Decodes nothing. A FLAC file without that
 * number that was made to mislead can be longer. Throws the errors of `decode` that the first bytes
 * and the headers cause.
 */
export async function clipSeconds({ bytes, mediaType }: ClipInput): Promise<number> {
  const { format, source } = opened(inMemory(bytes), mediaType);
  return format.seconds(source, CLIP);
}

/** source: the file without tags before its first bytes */
function opened(
  file: ByteSource,
  mediaType: string | undefined,
): { format: AudioFormat; source: ByteSource } {
  if (mediaType !== undefined) checkMediaType(mediaType);
  if (file.size === 0) throw new AppError("empty-body", "The clip is empty. Send an audio file.");
  const source = withoutLeadingTags(file);
  const head = source.read(0, HEAD);
  const container = sniff(head);
  if (container.kind !== "unknown" || container.name === undefined) checkIntact(head);
  if (container.kind === "supported") return { format: container.format, source };
  if (container.kind === "unsupported")
    throw new AppError(
      "audio-unsupported-container",
      `The file is ${container.name}, which isn't supported. ${howToConvert(container.extension)}`,
    );
  throw undecodable(
    container.name
      ? `The content looks like ${container.name}, not audio. Send the bytes of an audio file: ${formatNames}.`
      : `The file's format isn't recognized. Send a ${formatNames} file.`,
  );
}

/** Throws `unsupported-media-type`. `mediaType`: as in Content-Type; parameters are ignored. */
export function checkMediaType(mediaType: string): void {
  const [essence = ""] = mediaType.split(";");
  const type = essence.trim().toLowerCase();
  if (isAudioType(type)) return;
  throw new AppError(
    "unsupported-media-type",
    `The media type ${JSON.stringify(type.slice(0, 80))} isn't an audio type. Use \`audio/*\`, \`video/*\`, ` +
      "`application/ogg`, or `application/octet-stream`: the bytes decide what the file is.",
  );
}
