import { AppError } from "../../error.ts";
import { undecodable } from "../limits.ts";
import type { ClipInput, Pcm } from "../types.ts";
import { acceptedMediaTypes, formatNames, preferredMediaTypes } from "./formats.ts";
import { sniff } from "./sniff.ts";

/**
 * Decodes a clip in one of the FORMATS (formats.ts) to samples: every channel, at the file's own
 * rate (16 kHz for Opus). Does not resample or mix.
 *
 * `mediaType` must be an accepted one if it is given. The first bytes alone decide which decoder
 * runs, so an Ogg file sent as audio/wav is decoded as Ogg.
 *
 * No decoder trusts a size from a header, and none decodes more than limits.ts allows. Samples are
 * decoded while the blocks are read, which throws the same errors.
 *
 * Throws AppError: `unsupported-media-type`, `empty-body` and the `audio-*` slugs of
 * docs/bad-input.md.
 */
export async function decode(clip: ClipInput): Promise<Pcm> {
  if (clip.mediaType !== undefined) checkMediaType(clip.mediaType);
  const { bytes } = clip;
  if (bytes.length === 0) throw new AppError("empty-body", "The clip is empty. Send an audio file.");
  const container = sniff(bytes);
  if (container.kind === "supported") return container.format.decode(bytes);
  if (container.kind === "unsupported")
    throw new AppError(
      "audio-unsupported-container",
      `The file is ${container.name}. Convert it to ${formatNames}.`,
    );
  throw undecodable(
    container.name
      ? `The content looks like ${container.name}, not audio. Send the bytes of a ${formatNames} file.`
      : `The file's format isn't recognized. Send a ${formatNames} file.`,
  );
}

function checkMediaType(mediaType: string): void {
  const [essence = ""] = mediaType.split(";");
  const type = essence.trim().toLowerCase();
  if (acceptedMediaTypes.includes(type)) return;
  throw new AppError(
    "unsupported-media-type",
    `The media type ${JSON.stringify(type.slice(0, 80))} isn't supported. Use ${preferredMediaTypes}.`,
  );
}
