import { bandOffsets } from "./bands.ts";
import { type BitReader, damaged, flag, take } from "./bit-reader.ts";

/** Which windows a block of 1024 samples has, and how its spectrum is divided. */
export type WindowInfo = {
  sequence: Sequence;
  /** The shape of the second half of the window; the first half has that of the block before. */
  shape: Shape;
  /** Bands that are coded, in each window. */
  bands: number;
  /** The first line of each band, and the end of the last one. */
  offsets: readonly number[];
  /** Numbers of consecutive windows that share codebooks and scale factors. Their sum is 1 or 8. */
  groups: readonly number[];
  rateIndex: number;
};

export type Sequence = "long" | "long-start" | "eight-short" | "long-stop";
export type Shape = "sine" | "kbd";
const SEQUENCES = ["long", "long-start", "eight-short", "long-stop"] as const;

export const isShort = ({ sequence }: WindowInfo): boolean => sequence === "eight-short";

/** Reads ics_info(). ISO/IEC 14496-3, table 4.6. */
export function readWindowInfo(bits: BitReader, rateIndex: number): WindowInfo {
  if (flag(bits)) throw damaged();
  const sequence = SEQUENCES[take(bits, 2)];
  const shape = flag(bits) ? "kbd" : "sine";
  const short = sequence === "eight-short";
  const offsets = bandOffsets(rateIndex, short);
  const bands = take(bits, short ? 4 : 6);
  if (bands >= offsets.length) throw damaged();
  const groups = short ? readGroups(bits) : [1];
  // Prediction belongs to other profiles.
  if (!short && flag(bits)) throw damaged();
  return { sequence, shape, bands, offsets, groups, rateIndex };
}

function readGroups(bits: BitReader): number[] {
  const groups = [1];
  for (let i = 0; i < 7; i++) {
    if (flag(bits)) groups[groups.length - 1]++;
    else groups.push(1);
  }
  return groups;
}
