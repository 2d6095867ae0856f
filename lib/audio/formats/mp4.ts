import { AppError } from "../../error.ts";
import type { ByteSource } from "../byte-source.ts";
import { checkDuration, checkLayout, type Limits, tooLong } from "../limits.ts";
import type { Pcm } from "../types.ts";
import { readAacConfig } from "./aac/config.ts";
import { FRAME_SAMPLES } from "./aac/decoder.ts";
import { aacPcm } from "./aac/pcm.ts";
import { amrTrack } from "./amr.ts";
import { howToConvert } from "./convert.ts";
import { type Movie, readMovie } from "./mp4/movie.ts";
import type { Opened } from "./opened.ts";
import { decodeOpusTrack, opusTrackSeconds } from "./opus.ts";
import { packetsAt } from "./places.ts";

/** Opus in packets of 2.5 ms has 400 a second, and some more for the encoder's delay. */
const PACKETS_PER_SECOND = 400;
const OTHER_PACKETS = 2000;

/**
 * Decodes the first audio track of an MP4, M4A, 3GP or QuickTime file: AAC-LC, Opus or AMR.
 * Fragmented files are read too.
 *
 * The packets are counted before any is decoded, so a clip that is too long costs no decoding.
 *
 * Throws `audio-undecodable`, `audio-truncated`, `audio-too-long` and the `audio-unsupported-*`
 * slugs.
 */
export const decodeMp4 = async (file: ByteSource, limits: Limits): Promise<Pcm> =>
  open(file, limits).decode();

export const mp4Seconds = (file: ByteSource, limits: Limits): number => open(file, limits).seconds();

function open(file: ByteSource, limits: Limits): Opened {
  const movie = readMovie(file, limits);
  const { codec } = movie;
  if (codec.name === "aac") return openAac(file, movie, codec.config, limits);
  if (codec.name === "other") throw unsupported(codec.title);
  const packets = packetsAt(file, movie.packets(mostPackets(limits)));
  if (codec.name !== "opus") return amrTrack(codec.name === "amr-wb" ? "wide" : "narrow", packets, limits);
  return {
    seconds: () => opusTrackSeconds(codec.header, packets, limits),
    decode: () => decodeOpusTrack(codec.header, packets, limits),
  };
}

const mostPackets =
  (limits: Limits) =>
  (count: number): void => {
    if (count > limits.maxSeconds * PACKETS_PER_SECOND + OTHER_PACKETS)
      throw tooLong("The recording has too many packets.", limits);
  };

function openAac(file: ByteSource, { packets, edit }: Movie, header: Uint8Array, limits: Limits): Opened {
  const config = readAacConfig(header);
  const { sampleRateHz, channels } = config;
  checkLayout(sampleRateHz, channels);
  const places = packets((count) => checkDuration(count * FRAME_SAMPLES, sampleRateHz, channels, limits));
  const total = places.length * FRAME_SAMPLES;
  const from = Math.min(total, Math.round((edit?.start ?? 0) * sampleRateHz));
  const kept = edit?.seconds === undefined ? total : Math.round(edit.seconds * sampleRateHz);
  const to = Math.min(total, from + kept);
  const stream = { config, count: places.length, blocks: packetsAt(file, places) };
  return { seconds: () => (to - from) / sampleRateHz, decode: async () => aacPcm(stream, from, to) };
}

const unsupported = (title: string): AppError =>
  new AppError(
    "audio-unsupported-codec",
    `The MP4 file contains ${title}, which isn't supported. ${howToConvert(".m4a")}`,
  );
