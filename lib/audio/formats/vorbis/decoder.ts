import { inverseMdct } from "../mdct.ts";
import { type BitReader, bitsOf, flag, take } from "./bit-reader.ts";
import { applyFloor, readHeights } from "./floor.ts";
import { addResidue } from "./residue.ts";
import type { Identification, Mapping, Setup } from "./setup.ts";

/** Returns an index of `sizes`: whether a packet is a long block. Undefined if it isn't audio. */
export function blockSize(packet: Uint8Array, { modes }: Setup): 0 | 1 | undefined {
  const bits: BitReader = { bytes: packet, at: 0 };
  if (packet.length === 0 || flag(bits)) return undefined;
  return modes[take(bits, bitsOf(modes.length - 1))]?.size;
}

/**
 * Returns a decoder of Vorbis: a function from a packet to the samples that it completes, which are
 * a quarter of the block before and a quarter of this one. The first packet gives none. They are
 * valid until the next call. A packet that isn't audio is skipped; one that ends early has zeros.
 *
 * Vorbis I specification, section 4.3.
 */
export function vorbisDecoder({ channels, sizes }: Identification, setup: Setup) {
  const transforms = sizes.map((size) => inverseMdct(size / 2));
  const slopes = sizes.map((size) => slope(size / 2));
  const blocks = Array.from({ length: channels }, () => new Float64Array(sizes[1]));
  const halves = Array.from({ length: channels }, () => new Float64Array(sizes[1] / 2));
  const out = Array.from({ length: channels }, () => new Float32Array(sizes[1] / 2));
  let before: 0 | 1 | undefined;
  return (packet: Uint8Array): readonly Float32Array[] => {
    const now = blockSize(packet, setup);
    if (now === undefined) return out.map((plane) => plane.subarray(0, 0));
    const lines = readSpectrum(packet, setup, channels, sizes[now] / 2);
    const count = before === undefined ? 0 : (sizes[before] + sizes[now]) / 4;
    const overlap = slopes[Math.min(before ?? now, now)];
    for (const [channel, plane] of lines.entries()) {
      transforms[now](plane, blocks[channel]);
      // The transform divides by the number of lines.
      const block = blocks[channel].subarray(0, sizes[now]);
      for (let i = 0; i < block.length; i++) block[i] *= sizes[now] / 2;
      if (before !== undefined)
        join(halves[channel].subarray(0, sizes[before] / 2), block, overlap, out[channel]);
      halves[channel].set(block.subarray(sizes[now] / 2));
    }
    before = now;
    return out.map((plane) => plane.subarray(0, count));
  };
}

/** Overlaps the second half of a block with the first half of the next one, at their quarters. */
function join(previous: Float64Array, block: Float64Array, rising: Float64Array, out: Float32Array): void {
  const current = block.subarray(0, block.length / 2);
  const count = (previous.length + current.length) / 2;
  const width = rising.length;
  const start = (previous.length - width) / 2;
  const shift = (current.length - previous.length) / 2;
  for (let i = 0; i < count; i++) {
    const k = i - start;
    if (k < 0) out[i] = previous[i];
    else if (k >= width) out[i] = current[i + shift];
    else out[i] = previous[i] * rising[width - 1 - k] + current[i + shift] * rising[k];
  }
}

/** [length] the rising half of a window. 1.3.2. */
function slope(length: number): Float64Array {
  return Float64Array.from({ length }, (_, n) =>
    Math.sin((Math.PI / 2) * Math.sin(((n + 0.5) / length) * (Math.PI / 2)) ** 2),
  );
}

/** Returns the lines of each channel, [size]. 4.3.2 to 4.3.6. */
function readSpectrum(packet: Uint8Array, setup: Setup, channels: number, size: number): Float64Array[] {
  const { books, floors, residues, mappings, modes } = setup;
  const bits: BitReader = { bytes: packet, at: 1 };
  const mode = modes[take(bits, bitsOf(modes.length - 1))];
  // The sizes of the neighbors, which follow from the packets themselves.
  if (mode.size === 1) bits.at += 2;
  const mapping = mappings[mode.mapping];
  const { submapOf, submaps } = mapping;
  const lines = Array.from({ length: channels }, () => new Float64Array(size));
  const heights = submapOf.map((submap) => readHeights(bits, floors[submaps[submap].floor], books));
  const silent = silentChannels(heights, mapping);
  for (const [submap, { residue }] of submaps.entries()) {
    const ours = submapOf.flatMap((one, channel) => (one === submap ? [channel] : []));
    if (ours.length === 0) continue;
    addResidue(bits, residues[residue], books, {
      lines: ours.map((channel) => lines[channel]),
      silent: ours.map((channel) => silent[channel]),
    });
  }
  for (const { magnitude, angle } of mapping.coupling.toReversed()) uncouple(lines[magnitude], lines[angle]);
  for (const [channel, plane] of lines.entries()) {
    const coded = heights[channel];
    if (coded) applyFloor(floors[submaps[submapOf[channel]].floor], coded, plane);
    else plane.fill(0);
  }
  return lines;
}

/** Both channels of a coupled pair are coded if one is. 4.3.3. */
function silentChannels(heights: readonly (number[] | undefined)[], { coupling }: Mapping): boolean[] {
  const silent = heights.map((one) => one === undefined);
  for (const { magnitude, angle } of coupling) {
    const both = silent[magnitude] && silent[angle];
    silent[magnitude] = both;
    silent[angle] = both;
  }
  return silent;
}

/** Turns a magnitude and an angle into left and right, in place. 4.3.5. */
function uncouple(magnitudes: Float64Array, angles: Float64Array): void {
  for (let i = 0; i < magnitudes.length; i++) {
    const [m, a] = [magnitudes[i], angles[i]];
    if (a > 0) angles[i] = m > 0 ? m - a : m + a;
    else {
      angles[i] = m;
      magnitudes[i] = m > 0 ? m + a : m - a;
    }
  }
}
