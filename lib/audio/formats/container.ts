import { AppError } from "../../error.ts";
import type { ByteSource } from "../byte-source.ts";
import type { Limits } from "../limits.ts";
import type { Pcm } from "../types.ts";
import { howToConvert } from "./convert.ts";
import { decodeOpusTrack, opusTrackSeconds } from "./opus.ts";
import { opusHeadFor } from "./opus-head.ts";
import { readTrack } from "./track.ts";

/** Decodes the first audio track of a WebM or Matroska file, which must be Opus. */
export async function decodeMatroska(file: ByteSource, limits: Limits): Promise<Pcm> {
  const { header, packets } = opusTrack(file, limits);
  return decodeOpusTrack(header, packets, limits);
}

export async function matroskaSeconds(file: ByteSource, limits: Limits): Promise<number> {
  const { header, packets } = opusTrack(file, limits);
  return opusTrackSeconds(header, packets, limits);
}

function opusTrack(file: ByteSource, limits: Limits) {
  const { codec, description, channels, packets } = readTrack(file, limits);
  if (codec === "OPUS") return { header: description ?? opusHeadFor(channels), packets };
  throw new AppError(
    "audio-unsupported-codec",
    `The WebM or Matroska file contains ${codec || "an unknown codec"}, not Opus. ${howToConvert(".webm")}`,
  );
}
