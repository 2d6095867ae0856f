import type { ByteSource } from "./byte-source.ts";
import { streamResampler } from "./features/resample.ts";
import { decodeFile } from "./formats/decode.ts";
import { type Limits, LONG } from "./limits.ts";
import { checkedPlanes } from "./mono.ts";
import { to16Bits } from "./read-samples.ts";
import type { Pcm } from "./types.ts";

const RATE_HZ = 16_000;
/** Samples of a block: a second. */
const BLOCK = RATE_HZ;

export type LongRecording = {
  file: ByteSource;
  mediaType?: string | undefined;
  /** 0-based. Undefined: two channels must be equal, or one silent, over the whole length. */
  channel?: number | undefined;
};

/**
 * Reads a recording of up to an hour in blocks, so that it is never in memory as a whole.
 *
 * blocks        16 kHz mono, full scale at 1, rounded to 16 bits, as `readSamples` returns them:
 *               16,000 samples each, except the last. Each is a new array. Can be iterated once
 * sourceRateHz  rate of the decoded audio; always 16000 for Opus
 *
 * Two channels are compared first, which decodes the file twice. Throws the errors of `decode` and
 * `toMono16k`, also while the blocks are read.
 */
export async function readLong(
  { file, mediaType, channel }: LongRecording,
  limits: Limits = LONG,
): Promise<{ sourceRateHz: number; blocks: Generator<Float32Array> }> {
  const pcm = await decodeFile(file, mediaType, limits);
  if (pcm.channels === 1 || channel !== undefined)
    return { sourceRateHz: pcm.sampleRateHz, blocks: monoBlocks(pcm, channel) };
  for (const _ of checkedPlanes(pcm, channel));
  const again = await decodeFile(file, mediaType, limits);
  return { sourceRateHz: again.sampleRateHz, blocks: monoBlocks(again, channel) };
}

/**
 * Yields the blocks of `readLong`. Channels that differ are noticed at the end.
 */
export function* monoBlocks(pcm: Pcm, channel: number | undefined): Generator<Float32Array> {
  const ready: Float32Array[] = [];
  let open = new Float32Array(BLOCK);
  let filled = 0;
  const output = streamResampler(pcm.sampleRateHz, RATE_HZ, (samples) => {
    for (let at = 0; at < samples.length; ) {
      const part = samples.subarray(at, at + BLOCK - filled);
      open.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < BLOCK) continue;
      ready.push(to16Bits(open));
      open = new Float32Array(BLOCK);
      filled = 0;
    }
  });
  for (const plane of checkedPlanes(pcm, channel)) {
    output.push(plane);
    yield* ready.splice(0);
  }
  output.finish();
  yield* ready.splice(0);
  if (filled > 0) yield to16Bits(open.subarray(0, filled));
}
