/** Writes WAV files for tests, right ones and wrong ones. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export type WavFormat = {
  /** Format tag: 1 PCM, 3 float, 6 A-law, 7 mu-law, 0xfffe extensible. */
  tag?: number;
  /** Extensible only: the tag inside. */
  subTag?: number;
  bits?: number;
  channels?: number;
  rateHz?: number;
  blockAlign?: number;
};

/** A WAV of the given planes, full scale at 1. Integers are rounded and cut at full scale. */
export function wav(planes: readonly Float32Array[], format: WavFormat = {}): Uint8Array {
  const full = { channels: planes.length, ...format };
  return riff(fmtChunk(full), chunk("data", encode(planes, full)));
}

/** "RIFF", size, "WAVE" and the chunks as they are. */
export function riff(...chunks: readonly Uint8Array[]): Uint8Array {
  const body = concat(ascii("WAVE"), ...chunks);
  return concat(ascii("RIFF"), uint32(body.length), body);
}

/** `size` is what the header claims; a pad byte follows odd payloads unless pad is false. */
export function chunk(id: string, payload: Uint8Array, size = payload.length, pad = true): Uint8Array {
  const padding = new Uint8Array(pad ? payload.length % 2 : 0);
  return concat(ascii(id), uint32(size), payload, padding);
}

export function fmtChunk(format: WavFormat = {}): Uint8Array {
  const { tag = 1, subTag, bits = 16, channels = 1, rateHz = 16_000 } = format;
  const blockAlign = format.blockAlign ?? (channels * bits) >> 3;
  const plain = concat(
    uint16(tag),
    uint16(channels),
    uint32(rateHz),
    uint32((rateHz * blockAlign) % 2 ** 32),
    uint16(blockAlign % 65_536),
    uint16(bits),
  );
  if (subTag === undefined) return chunk("fmt ", plain);
  const guidTail = Uint8Array.of(0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71);
  return chunk("fmt ", concat(plain, uint16(22), uint16(bits), uint32(0), uint16(subTag), guidTail));
}

/** Interleaved samples; A-law and mu-law must come encoded, as bytes. */
export function encode(planes: readonly Float32Array[], format: WavFormat = {}): Uint8Array {
  const { tag = 1, subTag, bits = 16 } = format;
  const float = (subTag ?? tag) === 3;
  const step = bits / 8;
  const frames = planes[0].length;
  const bytes = new Uint8Array(frames * planes.length * step);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < frames * planes.length; i++) {
    const x = planes[i % planes.length][Math.floor(i / planes.length)];
    if (float && bits === 32) view.setFloat32(i * step, x, true);
    if (float && bits === 64) view.setFloat64(i * step, x, true);
    if (!float) writeInteger(view, i * step, bits, x);
  }
  return bytes;
}

function writeInteger(view: DataView, at: number, bits: number, x: number): void {
  const scale = 2 ** (bits - 1);
  const value = Math.max(-scale, Math.min(scale - 1, Math.round(x * scale)));
  if (bits === 8) view.setUint8(at, value + 128);
  if (bits === 16) view.setInt16(at, value, true);
  if (bits === 24) {
    view.setUint16(at, value & 0xffff, true);
    view.setInt8(at + 2, value >> 16);
  }
  if (bits === 32) view.setInt32(at, value, true);
}

/**
 * The first seconds of a sentence of a synthetic voice, 16 kHz, which detectors accept as speech.
 * At most 6.
 */
export function syntheticSpeech(seconds: number): Float32Array {
  const file = readFileSync(join(import.meta.dirname, "../../samples/slt/1.wav"));
  return Float32Array.from({ length: 16_000 * seconds }, (_, i) => file.readInt16LE(44 + 2 * i) / 32_768);
}

/** A tone of amplitude 0.5. */
export function tone(hertz: number, rateHz: number, seconds: number, amplitude = 0.5): Float32Array {
  const length = Math.round(rateHz * seconds);
  return Float32Array.from({ length }, (_, i) => amplitude * Math.sin((2 * Math.PI * hertz * i) / rateHz));
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

export function ascii(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "latin1"));
}

export function uint16(value: number): Uint8Array {
  return Uint8Array.of(value & 255, (value >> 8) & 255);
}

export function uint32(value: number): Uint8Array {
  return Uint8Array.of(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, (value >>> 24) & 255);
}
