import { AppError } from "../../../error.ts";
import { undecodable } from "../../limits.ts";
import { howToConvert } from "../convert.ts";
import { RATES_HZ } from "./bands.ts";
import { type BitReader, take } from "./bit-reader.ts";

export type AacConfig = {
  /** Of RATES_HZ, or the nearest for another rate: it decides the bands. */
  rateIndex: number;
  sampleRateHz: number;
  channels: 1 | 2;
};

/** Audio object types. ISO/IEC 14496-3, table 1.17. */
const LOW_COMPLEXITY = 2;
const NAMES: Readonly<Record<number, string>> = {
  1: "AAC Main",
  3: "AAC SSR",
  4: "AAC LTP",
  5: "HE-AAC",
  17: "ER AAC LC",
  23: "AAC-LD",
  29: "HE-AAC v2",
  34: "MPEG layer III",
  36: "MPEG-4 ALS",
  39: "AAC-ELD",
  42: "xHE-AAC (USAC)",
};
const SBR = 5;
const PARAMETRIC_STEREO = 29;
const SYNC_EXTENSION = 0x2b7;

/**
 * Reads an AudioSpecificConfig. ISO/IEC 14496-3, 1.6.2.1. HE-AAC is refused, whether it is signaled
 * at the start or, as older decoders ignore it, at the end.
 *
 * Throws `audio-unsupported-codec`, `audio-unsupported-layout` and `audio-undecodable`.
 */
export function readAacConfig(bytes: Uint8Array): AacConfig {
  if (bytes.length < 2) throw undecodable("The AAC header is too short. Send an intact file.");
  const bits: BitReader = { bytes, at: 0 };
  const type = readObjectType(bits);
  const rate = readRate(bits);
  const layout = take(bits, 4);
  if (type !== LOW_COMPLEXITY) throw unsupportedAac(NAMES[type] ?? `audio object type ${type}`);
  if (take(bits, 1) === 1) throw unsupportedAac("AAC in frames of 960 samples");
  // The core coder delay belongs to scalable coding, which low complexity hasn't.
  if (take(bits, 2) !== 0) throw undecodable("The AAC header is invalid. Encode the file again.");
  if (hasSbr(bits)) throw unsupportedAac("HE-AAC");
  return { ...rate, channels: channelsOf(layout) };
}

/** Looks for the extension that decoders without SBR ignore. */
function hasSbr(bits: BitReader): boolean {
  if (bits.bytes.length * 8 - bits.at < 16) return false;
  if (take(bits, 11) !== SYNC_EXTENSION) return false;
  const type = readObjectType(bits);
  return (type === SBR || type === PARAMETRIC_STEREO) && take(bits, 1) === 1;
}

function readObjectType(bits: BitReader): number {
  const type = take(bits, 5);
  return type === 31 ? 32 + take(bits, 6) : type;
}

function readRate(bits: BitReader): { rateIndex: number; sampleRateHz: number } {
  const code = take(bits, 4);
  if (code !== 15) return { rateIndex: code, sampleRateHz: rateOf(code) };
  const sampleRateHz = take(bits, 24);
  return { rateIndex: nearestRate(sampleRateHz), sampleRateHz };
}

/** Which bands a rate that has no code uses. Table 4.82. */
function nearestRate(sampleRateHz: number): number {
  const from = [92_017, 75_132, 55_426, 46_009, 37_566, 27_713, 23_004, 18_783, 13_856, 11_502, 9_391];
  const index = from.findIndex((lowest) => sampleRateHz >= lowest);
  return index < 0 ? 11 : index;
}

export function rateOf(code: number): number {
  const rate = RATES_HZ[code];
  if (rate === undefined) throw undecodable("The AAC header has an invalid rate. Encode the file again.");
  return rate;
}

export function channelsOf(layout: number): 1 | 2 {
  if (layout === 1 || layout === 2) return layout;
  throw new AppError(
    "audio-unsupported-layout",
    layout === 0
      ? `The AAC stream describes its channels itself, which isn't supported. ${howToConvert(".m4a")}`
      : `The clip has ${layout === 7 ? 8 : layout} channels. Send one channel, or two with \`channel\` set to 0 or 1.`,
  );
}

export function unsupportedAac(name: string): AppError {
  return new AppError(
    "audio-unsupported-codec",
    `The audio is ${name}; only AAC-LC is supported. ${howToConvert(".m4a")}`,
  );
}
