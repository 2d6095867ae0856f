import type { ByteSource } from "../byte-source.ts";
import type { Limits } from "../limits.ts";
import type { Pcm } from "../types.ts";
import { type BlockDecoder, decodeIma, decodeMs } from "./adpcm.ts";
import { BLOCK, deinterleave, lawReader, numberReader, type Read, readUnsigned8 } from "./pcm-samples.ts";
import { readRiff, type WavLayout } from "./riff.ts";
import { framesIn } from "./wav-format.ts";

/**
 * Decodes a WAV with all its channels, at the file's rate: PCM, float, A-law, mu-law, IMA and MS
 * ADPCM. Only the `fmt ` and `data` chunks are read.
 *
 * We read PCM and float ourselves: wavefile 11 treats extensible float as integers and takes six
 * times as long for the other formats. We use it only to look up the 256 codes of A-law and mu-law.
 */
export async function decodeWav(file: ByteSource, limits: Limits): Promise<Pcm> {
  const layout = readRiff(file, limits);
  const { codec, channels, sampleRateHz } = layout;
  if (codec === "ima-adpcm") return { sampleRateHz, channels, blocks: adpcmBlocks(file, layout, decodeIma) };
  if (codec === "ms-adpcm") return { sampleRateHz, channels, blocks: adpcmBlocks(file, layout, decodeMs) };
  const read = await readerOf(layout);
  const blocksFrom = (frame: number) => deinterleave(file, layout, read, frame);
  return { sampleRateHz, channels, blocks: blocksFrom(0), blocksFrom };
}

async function readerOf({ codec, bits }: WavLayout): Promise<Read> {
  if (codec === "a-law" || codec === "mu-law") return lawReader(codec);
  if (codec === "pcm" && bits === 8) return readUnsigned8;
  return numberReader({ isFloat: codec === "float", isLittleEndian: true, bits });
}

export function wavSeconds(file: ByteSource, limits: Limits): number {
  const { frames, sampleRateHz } = readRiff(file, limits);
  return frames / sampleRateHz;
}

/** Decodes several blocks at a time, because some have only a few samples. */
function* adpcmBlocks(file: ByteSource, layout: WavLayout, decode: BlockDecoder): Generator<Float32Array[]> {
  const { channels, blockBytes, dataOffset, dataBytes } = layout;
  const longest = framesIn(blockBytes, layout);
  const planes = Array.from({ length: channels }, () => new Float32Array(longest + BLOCK));
  let filled = 0;
  for (let at = 0; at < dataBytes; at += blockBytes) {
    const block = file.read(dataOffset + at, Math.min(blockBytes, dataBytes - at));
    if (framesIn(block.length, layout) > 0)
      filled += decode(
        block,
        planes.map((plane) => plane.subarray(filled)),
      );
    if (filled < BLOCK && at + blockBytes < dataBytes) continue;
    yield planes.map((plane) => plane.subarray(0, filled));
    filled = 0;
  }
}
