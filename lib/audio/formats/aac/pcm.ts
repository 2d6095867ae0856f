import type { Pcm } from "../../types.ts";
import type { AacStream } from "./adts.ts";
import { aacDecoder, FRAME_SAMPLES } from "./decoder.ts";

/**
 * Decodes a stream block by block.
 *
 * from, to  which samples per channel count, of count * 1024
 */
export function aacPcm({ config, blocks }: AacStream, from: number, to: number): Pcm {
  function* decode(): Generator<Float32Array[]> {
    const decodeBlock = aacDecoder(config);
    let start = 0;
    for (const block of blocks) {
      const planes = decodeBlock(block);
      const kept = planes.map((plane) => plane.subarray(Math.max(0, from - start), Math.max(0, to - start)));
      if (kept[0].length > 0) yield kept;
      start += FRAME_SAMPLES;
    }
  }
  return { sampleRateHz: config.sampleRateHz, channels: config.channels, blocks: decode() };
}
