import { AppError } from "../../error.ts";
import type { Pcm } from "../types.ts";
import { howToConvert } from "./convert.ts";
import { decodeOpusTrack, opusTrackSeconds } from "./opus.ts";
import { opusHeadFor } from "./opus-head.ts";
import { readTrack } from "./track.ts";

/** Decodes the first audio track of a WebM or Matroska file, which must be Opus. */
export async function decodeMatroska(bytes: Uint8Array): Promise<Pcm> {
  const { header, packets } = opusTrack(bytes);
  return decodeOpusTrack(header, packets);
}

export async function matroskaSeconds(bytes: Uint8Array): Promise<number> {
  const { header, packets } = opusTrack(bytes);
  return opusTrackSeconds(header, packets);
}

function opusTrack(bytes: Uint8Array) {
  const { codec, description, channels, packets } = readTrack(bytes);
  if (codec === "OPUS") return { header: description ?? opusHeadFor(channels), packets };
  throw new AppError(
    "audio-unsupported-codec",
    `The WebM or Matroska file contains ${codec || "an unknown codec"}, not Opus. ${howToConvert(".webm")}`,
  );
}
