import { type Channel, INTENSITY, INTENSITY_OPPOSITE, NOISE, ZERO } from "./channel.ts";
import { isShort } from "./window-info.ts";

/** [groups * bands] 1: middle and side, as marked. 2: all bands are. 0: left and right. */
export type MidSide = Uint8Array;

/**
 * [8192 + 16] x ** (4 / 3): the largest magnitude, with a pulse on it. ISO/IEC 14496-3, 4.6.1.3.
 */
const powers = Float64Array.from({ length: 8192 + 16 }, (_, x) => x ** (4 / 3));

type Visit = (band: { index: number; book: number; from: number; to: number }) => void;

/** Visits each band of each window, with its lines [from, to) of the frame. */
function eachBand({ info, books }: Channel, visit: Visit): void {
  const { bands, groups, offsets } = info;
  const windowLines = isShort(info) ? 128 : 1024;
  let start = 0;
  for (const [group, windows] of groups.entries()) {
    for (let window = 0; window < windows; window++, start += windowLines) {
      for (let band = 0; band < bands; band++) {
        const index = group * bands + band;
        visit({ index, book: books[index], from: start + offsets[band], to: start + offsets[band + 1] });
      }
    }
  }
}

/**
 * Fills the 1024 lines of a channel. `random`: returns numbers in [-1, 1), for bands that are
 * noise.
 */
export function dequantize(channel: Channel, lines: Float64Array, random: () => number): void {
  const { coded, factors } = channel;
  lines.fill(0);
  eachBand(channel, ({ index, book, from, to }) => {
    const factor = factors[index];
    if (book === ZERO || book === INTENSITY || book === INTENSITY_OPPOSITE) return;
    if (book === NOISE) {
      fillNoise(lines.subarray(from, to), factor, random);
      return;
    }
    for (let i = from; i < to; i++) {
      const x = coded[i];
      lines[i] = x < 0 ? -powers[-x] * factor : powers[x] * factor;
    }
  });
}

/** 4.6.13.3: noise of the energy factor ** 2. */
function fillNoise(lines: Float64Array, factor: number, random: () => number): void {
  let energy = 0;
  for (let i = 0; i < lines.length; i++) {
    lines[i] = random();
    energy += lines[i] ** 2;
  }
  const scale = energy > 0 ? factor / Math.sqrt(energy) : 0;
  for (let i = 0; i < lines.length; i++) lines[i] *= scale;
}

/** Turns middle and side into left and right, and copies the left of intensity bands. 4.6.8. */
export function undoStereo(
  pair: { left: Channel; right: Channel; midSide: MidSide },
  left: Float64Array,
  right: Float64Array,
): void {
  const { midSide } = pair;
  eachBand(pair.right, ({ index, book, from, to }) => {
    if (book === INTENSITY || book === INTENSITY_OPPOSITE) {
      const sign = (book === INTENSITY) === (midSide[index] === 1) ? -1 : 1;
      const factor = sign * pair.right.factors[index];
      for (let i = from; i < to; i++) right[i] = left[i] * factor;
      return;
    }
    if (midSide[index] === 0 || book === NOISE || pair.left.books[index] === NOISE) return;
    for (let i = from; i < to; i++) {
      const side = right[i];
      right[i] = left[i] - side;
      left[i] += side;
    }
  });
}
