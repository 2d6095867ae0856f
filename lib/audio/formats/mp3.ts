import type { ByteSource } from "../byte-source.ts";
import { checkDuration, checkLayout, type Limits, undecodable } from "../limits.ts";
import type { Pcm } from "../types.ts";
import { countFrames } from "./mp3-frames.ts";
import { withoutTrailingTags } from "./tags.ts";

/** Bytes that are decoded in one go: at most 11 s, at the lowest bit rate. */
const PIECE = 12_288;

/**
 * Decodes MP3 with 1 or 2 channels at its own rate. The codec is mpg123 in WebAssembly
 * (mpg123-decoder), which drops the encoder's delay if a LAME header states it.
 *
 * The frames are counted before any is decoded, so a clip that is too long costs no decoding.
 *
 * Throws `audio-undecodable`, `audio-too-long` and the `audio-unsupported-*` slugs.
 */
export async function decodeMp3(file: ByteSource, limits: Limits): Promise<Pcm> {
  const { source, sampleRateHz, channels } = opened(file, limits);
  const { MPEGDecoder } = await import("mpg123-decoder");
  const decoder = new MPEGDecoder();
  await decoder.ready;
  function* blocks(): Generator<Float32Array[]> {
    let samples = 0;
    try {
      for (let at = 0; at < source.size; at += PIECE) {
        const piece = decoder.decode(source.read(at, PIECE));
        if (piece.samplesDecoded === 0) continue;
        if (piece.sampleRate !== sampleRateHz)
          throw undecodable("The sample rate of the MP3 file changes. Encode the file again.");
        samples += piece.samplesDecoded;
        checkDuration(samples, sampleRateHz, channels, limits);
        yield piece.channelData.slice(0, channels);
      }
    } finally {
      decoder.free();
    }
  }
  return { sampleRateHz, channels, blocks: blocks() };
}

/** Up to 0.1 s more than the decoder returns, because of the encoder's delay and padding. */
export function mp3Seconds(file: ByteSource, limits: Limits): number {
  const { sampleRateHz, frames } = opened(file, limits);
  return frames / sampleRateHz;
}

/** source: the file without tags at its end. frames: samples per channel */
function opened(file: ByteSource, limits: Limits) {
  const source = withoutTrailingTags(file);
  const { sampleRateHz, channels, frames } = countFrames(source);
  checkLayout(sampleRateHz, channels);
  checkDuration(frames, sampleRateHz, channels, limits);
  return { source, sampleRateHz, channels, frames };
}
