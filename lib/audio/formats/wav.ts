import type { ByteSource } from "../byte-source.ts";
import type { Limits } from "../limits.ts";
import type { Pcm } from "../types.ts";
import { type BlockDecoder, decodeIma, decodeMs } from "./adpcm.ts";
import { viewOf } from "./bytes.ts";
import { readRiff, type WavLayout } from "./riff.ts";
import { framesIn } from "./wav-format.ts";

type Read = (view: DataView, at: number) => number;

/**
 * Full scale is 2^(bits-1), so the most negative integer is -1. Floats are kept as they are, even
 * beyond 1.
 */
const READERS: Readonly<Record<string, Read>> = {
  pcm8: (view, at) => (view.getUint8(at) - 128) / 128,
  pcm16: (view, at) => view.getInt16(at, true) / 32_768,
  pcm24: (view, at) => (view.getUint16(at, true) | (view.getInt8(at + 2) << 16)) / 8_388_608,
  pcm32: (view, at) => view.getInt32(at, true) / 2_147_483_648,
  float32: (view, at) => view.getFloat32(at, true),
  float64: (view, at) => view.getFloat64(at, true),
};

/** Frames per block. */
const BLOCK = 16_384;

/**
 * Decodes a WAV with all its channels, at the file's rate: PCM, float, A-law, mu-law, IMA and MS
 * ADPCM. Only the `fmt ` and `data` chunks are
 * read.
 *
 * We read PCM and float ourselves: wavefile 11 treats extensible float as integers and takes six
 * times as long for the other formats. We use it only to look up the 256 codes of A-law and mu-law.
 */
export async function decodeWav(file: ByteSource, limits: Limits): Promise<Pcm> {
  const layout = readRiff(file, limits);
  const { codec, channels, sampleRateHz } = layout;
  if (codec === "ima-adpcm") return { sampleRateHz, channels, blocks: adpcmBlocks(file, layout, decodeIma) };
  if (codec === "ms-adpcm") return { sampleRateHz, channels, blocks: adpcmBlocks(file, layout, decodeMs) };
  const read = codec === "pcm" || codec === "float" ? READERS[`${codec}${layout.bits}`] : await lookUp(codec);
  return { sampleRateHz, channels, blocks: deinterleave(file, layout, read) };
}

export function wavSeconds(file: ByteSource, limits: Limits): number {
  const { frames, sampleRateHz } = readRiff(file, limits);
  return frames / sampleRateHz;
}

function* deinterleave(file: ByteSource, layout: WavLayout, read: Read): Generator<Float32Array[]> {
  const { channels, frames, dataOffset, blockBytes } = layout;
  const step = layout.bits / 8;
  const planes = Array.from({ length: channels }, () => new Float32Array(Math.min(BLOCK, frames)));
  for (let start = 0; start < frames; start += BLOCK) {
    const count = Math.min(BLOCK, frames - start);
    const view = viewOf(file.read(dataOffset + start * blockBytes, count * blockBytes));
    for (const [channel, plane] of planes.entries()) {
      let at = channel * step;
      for (let i = 0; i < count; i++, at += blockBytes) plane[i] = read(view, at);
    }
    yield planes.map((plane) => plane.subarray(0, count));
  }
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

async function lookUp(codec: "a-law" | "mu-law"): Promise<Read> {
  const table = await codeTable(codec);
  return (view, at) => table[view.getUint8(at)];
}

/** [256] the sample of each code. ITU-T G.711. */
async function codeTable(codec: "a-law" | "mu-law"): Promise<Float32Array> {
  // wavefile is CommonJS with an ESM wrapper: Node puts the class on `default`, a bundler on the
  // namespace.
  const wavefile = await import("wavefile");
  const WaveFile = wavefile.WaveFile ?? wavefile.default.WaveFile;
  const wav = new WaveFile();
  const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
  wav.fromScratch(1, 8_000, codec === "a-law" ? "8a" : "8m", codes);
  if (codec === "a-law") wav.fromALaw();
  if (codec === "mu-law") wav.fromMuLaw();
  return Float32Array.from(wav.getSamples(true, Int16Array), (x) => x / 32_768);
}
