import { decode } from "../../lib/audio/formats/decode.ts";
import type { ClipInput, Pcm } from "../../lib/audio/types.ts";

type Planes = { sampleRateHz: number; channels: Float32Array[] };

/** Decodes a clip and returns each channel as one array. */
export async function decodeWhole(clip: ClipInput): Promise<Planes> {
  const pcm = await decode(clip);
  const planes = Array.from({ length: pcm.channels }, () => new Float32Array(130 * pcm.sampleRateHz));
  let length = 0;
  for (const block of pcm.blocks) {
    for (const [channel, plane] of block.entries()) planes[channel].set(plane, length);
    length += block[0].length;
  }
  return { sampleRateHz: pcm.sampleRateHz, channels: planes.map((plane) => plane.slice(0, length)) };
}

/** Returns audio whose blocks have `size` samples. */
export function pcmOf({ sampleRateHz, channels }: Planes, size = 1000): Pcm {
  function* blocks() {
    for (let at = 0; at < (channels[0]?.length ?? 0); at += size) {
      yield channels.map((plane) => plane.subarray(at, at + size));
    }
  }
  return { sampleRateHz, channels: channels.length, blocks: blocks() };
}
