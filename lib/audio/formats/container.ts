import { AppError } from "../../error.ts";
import type { ByteSource } from "../byte-source.ts";
import { checkDuration, type Limits, undecodable } from "../limits.ts";
import type { Pcm } from "../types.ts";
import { readAacConfig } from "./aac/config.ts";
import { FRAME_SAMPLES } from "./aac/decoder.ts";
import { aacPcm } from "./aac/pcm.ts";
import { howToConvert } from "./convert.ts";
import type { Opened } from "./opened.ts";
import { decodeOpusTrack, opusTrackSeconds } from "./opus.ts";
import { opusHeadFor } from "./opus-head.ts";
import { readTrack, type Track } from "./track.ts";
import { decodeVorbisTrack, vorbisTrackSeconds } from "./vorbis.ts";

/** Decodes the first audio track of a WebM or Matroska file: Opus, Vorbis or AAC-LC. */
export const decodeMatroska = async (file: ByteSource, limits: Limits): Promise<Pcm> =>
  open(file, limits).decode();

export const matroskaSeconds = async (file: ByteSource, limits: Limits): Promise<number> =>
  open(file, limits).seconds();

function open(file: ByteSource, limits: Limits): Opened {
  const track = readTrack(file, limits);
  const { codec, description, channels, packets } = track;
  if (codec === "OPUS") {
    const header = description ?? opusHeadFor(channels);
    return {
      seconds: () => opusTrackSeconds(header, packets, limits),
      decode: () => decodeOpusTrack(header, packets, limits),
    };
  }
  if (codec === "VORBIS") {
    const headers = description ?? new Uint8Array(0);
    return {
      seconds: () => vorbisTrackSeconds(headers, packets, limits),
      decode: async () => decodeVorbisTrack(headers, packets, limits),
    };
  }
  if (codec === "AAC") return openAac(track, limits);
  throw new AppError(
    "audio-unsupported-codec",
    `The WebM or Matroska file contains ${codec || "an unknown codec"}, which isn't supported. ` +
      howToConvert(".webm"),
  );
}

function openAac({ description, packets, count }: Track, limits: Limits): Opened {
  if (!description) throw undecodable("The Matroska file has no header for its AAC. Send an intact file.");
  const config = readAacConfig(description);
  const samples = count * FRAME_SAMPLES;
  checkDuration(samples, config.sampleRateHz, config.channels, limits);
  return {
    seconds: () => samples / config.sampleRateHz,
    decode: async () => aacPcm({ config, count, blocks: packets }, 0, samples),
  };
}
