import type { ByteSource } from "../byte-source.ts";
import { undecodable } from "../limits.ts";
import { viewOf } from "./bytes.ts";

/** Returns the sample at a byte. */
export type Read = (view: DataView, at: number) => number;

/** Frames per block. */
export const BLOCK = 16_384;

/** Where uncompressed samples are: those of all channels follow each other. */
export type PcmLayout = {
  channels: number;
  /** Samples per channel. */
  frames: number;
  dataOffset: number;
  /** Bytes of one sample of each channel. */
  blockBytes: number;
  /** Of one sample. */
  bits: number;
};

/** Yields blocks of samples, one array per channel. `first`: the frame to start at */
export function* deinterleave(
  file: ByteSource,
  layout: PcmLayout,
  read: Read,
  first = 0,
): Generator<Float32Array[]> {
  const { channels, frames, dataOffset, blockBytes } = layout;
  const step = layout.bits / 8;
  const planes = Array.from({ length: channels }, () => new Float32Array(Math.min(BLOCK, frames)));
  for (let start = first; start < frames; start += BLOCK) {
    const count = Math.min(BLOCK, frames - start);
    const bytes = file.read(dataOffset + start * blockBytes, count * blockBytes);
    if (read === readLittle16 && isLittleEndian) split16(bytes, planes, count);
    else {
      const view = viewOf(bytes);
      for (const [channel, plane] of planes.entries()) {
        let at = channel * step;
        for (let i = 0; i < count; i++, at += blockBytes) plane[i] = read(view, at);
      }
    }
    yield planes.map((plane) => plane.subarray(0, count));
  }
}

const readLittle16: Read = (view, at) => view.getInt16(at, true) / 32_768;
/** Of this machine, as of all that Node supports but one. */
const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Fills the planes as `readLittle16` does, in an eighth of the time. Most files have 16 bits. */
function split16(bytes: Uint8Array, planes: readonly Float32Array[], count: number): void {
  const even = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  const samples = new Int16Array(even.buffer, even.byteOffset, count * planes.length);
  for (const [channel, plane] of planes.entries())
    for (let i = 0, at = channel; i < count; i++, at += planes.length) plane[i] = samples[at] / 32_768;
}

/**
 * Full scale is 2^(bits-1), so the most negative integer is -1. Floats are kept as they are, even
 * beyond 1.
 */
const LITTLE: Readonly<Record<string, Read>> = {
  pcm8: (view, at) => view.getInt8(at) / 128,
  pcm16: readLittle16,
  pcm24: (view, at) => (view.getUint16(at, true) | (view.getInt8(at + 2) << 16)) / 8_388_608,
  pcm32: (view, at) => view.getInt32(at, true) / 2_147_483_648,
  float32: (view, at) => view.getFloat32(at, true),
  float64: (view, at) => view.getFloat64(at, true),
};
const BIG: Readonly<Record<string, Read>> = {
  pcm8: (view, at) => view.getInt8(at) / 128,
  pcm16: (view, at) => view.getInt16(at) / 32_768,
  pcm24: (view, at) => ((view.getInt16(at) << 8) | view.getUint8(at + 2)) / 8_388_608,
  pcm32: (view, at) => view.getInt32(at) / 2_147_483_648,
  float32: (view, at) => view.getFloat32(at),
  float64: (view, at) => view.getFloat64(at),
};

/** Samples of 8 bits have no sign in WAV files. */
export const readUnsigned8: Read = (view, at) => (view.getUint8(at) - 128) / 128;

/** Throws `audio-undecodable` for a number of bits that doesn't exist. */
export function numberReader(layout: { isFloat: boolean; isLittleEndian: boolean; bits: number }): Read {
  const { isFloat, isLittleEndian, bits } = layout;
  const read = (isLittleEndian ? LITTLE : BIG)[`${isFloat ? "float" : "pcm"}${bits}`];
  if (read) return read;
  throw undecodable(
    `The file declares ${bits}-bit ${isFloat ? "float" : "integer"} samples. Convert it to 16-bit PCM.`,
  );
}

export async function lawReader(codec: "a-law" | "mu-law"): Promise<Read> {
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
