import { AppError } from "../../error.ts";
import { undecodable } from "../limits.ts";
import type { ClipInput, Pcm } from "../types.ts";
import { howToConvert } from "./convert.ts";
import { type AudioFormat, formatNames, isAudioType } from "./formats.ts";
import { sniff } from "./sniff.ts";
import { withoutLeadingTags } from "./tags.ts";
import { checkIntact } from "./text-damage.ts";

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
export async function decode(clip: ClipInput): Promise<Pcm> {
  const { format, bytes } = opened(clip);
  return format.decode(bytes);
}

/**
 * The length of a clip in seconds, as its file states it. Decodes nothing. A FLAC file without that
 * number that was made to mislead can be longer. Throws the errors of `decode` that the first bytes
 * and the headers cause.
 */
export async function clipSeconds(clip: ClipInput): Promise<number> {
  const { format, bytes } = opened(clip);
  return format.seconds(bytes);
}

/** bytes: the file without tags before its first bytes */
function opened(clip: ClipInput): { format: AudioFormat; bytes: Uint8Array } {
  if (clip.mediaType !== undefined) checkMediaType(clip.mediaType);
  if (clip.bytes.length === 0) throw new AppError("empty-body", "The clip is empty. Send an audio file.");
  const bytes = withoutLeadingTags(clip.bytes);
  const container = sniff(bytes);
  if (container.kind !== "unknown" || container.name === undefined) checkIntact(bytes);
  if (container.kind === "supported") return { format: container.format, bytes };
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
