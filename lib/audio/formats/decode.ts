/** A clip's bytes to samples, whichever of the accepted containers it comes in. */
import { AppError } from "../../error.ts";
import { undecodable } from "../limits.ts";
import type { ClipInput, Pcm } from "../types.ts";
import { sniff } from "./sniff.ts";

export const acceptedMediaTypes = [
  "audio/wav",
  "audio/x-wav",
  "audio/wave",
  "audio/vnd.wave",
  "audio/ogg",
  "application/ogg",
  "audio/opus",
  "audio/flac",
  "audio/x-flac",
  "application/octet-stream",
] as const;

/**
 * Decodes a WAV, an Ogg/Opus or a FLAC file. No resampling, no mixing: every channel at the file's own rate
 * (16 kHz for Opus, whatever it was made from).
 *
 * mediaType only opens the door: what the bytes are decides how they are read, so Ogg sent as audio/wav is decoded
 * as Ogg. No mediaType is fine too.
 *
 * Decoders load on first use; a process that only sees WAV never loads them. Nothing here trusts a size that a
 * header claims, and no more than 120 s are ever decoded.
 *
 * Throws AppError: `unsupported-media-type`, `empty-body` and the `audio-*` slugs of docs/bad-input.md.
 */
export async function decode(clip: ClipInput): Promise<Pcm> {
  if (clip.mediaType !== undefined) checkMediaType(clip.mediaType);
  const { bytes } = clip;
  if (bytes.length === 0) throw new AppError("empty-body", "There are no bytes. Send the audio file itself.");
  const container = sniff(bytes);
  switch (container.kind) {
    case "wav":
      return (await import("./wav.ts")).decodeWav(bytes);
    case "ogg":
      return (await import("./opus.ts")).decodeOpus(bytes);
    case "flac":
      return (await import("./flac.ts")).decodeFlac(bytes);
    case "other":
      throw new AppError(
        "audio-unsupported-container",
        `This is ${container.name}. Convert it to WAV, FLAC or Ogg/Opus.`,
      );
    case "unknown":
      throw undecodable(
        container.name
          ? `This looks like ${container.name}, not like audio. Send the bytes of a WAV, FLAC or Ogg/Opus file.`
          : "This is no audio file that is known here. Send a WAV, FLAC or Ogg/Opus file.",
      );
  }
}

function checkMediaType(mediaType: string): void {
  const type = mediaType.split(";")[0].trim().toLowerCase();
  if (acceptedMediaTypes.some((accepted) => accepted === type)) return;
  throw new AppError(
    "unsupported-media-type",
    `The media type ${JSON.stringify(type.slice(0, 80))} is not accepted. Use audio/wav, audio/flac or audio/ogg.`,
  );
}
