import type { ByteSource } from "../byte-source.ts";
import { checkLayout, type Limits } from "../limits.ts";
import type { Pcm } from "../types.ts";
import { type AacStream, readAdts } from "./aac/adts.ts";
import { FRAME_SAMPLES } from "./aac/decoder.ts";
import { aacPcm } from "./aac/pcm.ts";
import { withoutTrailingTags } from "./tags.ts";

/**
 * Decodes AAC-LC in ADTS with 1 or 2 channels, at its own rate. ADTS doesn't state the encoder's
 * delay, so about 20 to 50 ms of silence come first.
 *
 * The frames are counted before any is decoded, so a clip that is too long costs no decoding.
 *
 * Throws `audio-undecodable`, `audio-too-long` and the `audio-unsupported-*` slugs.
 */
export async function decodeAdts(file: ByteSource, limits: Limits): Promise<Pcm> {
  const stream = open(file, limits);
  return aacPcm(stream, 0, stream.count * FRAME_SAMPLES);
}

export function adtsSeconds(file: ByteSource, limits: Limits): number {
  const { config, count } = open(file, limits);
  return (count * FRAME_SAMPLES) / config.sampleRateHz;
}

function open(file: ByteSource, limits: Limits): AacStream {
  const stream = readAdts(withoutTrailingTags(file), limits);
  checkLayout(stream.config.sampleRateHz, stream.config.channels);
  return stream;
}
