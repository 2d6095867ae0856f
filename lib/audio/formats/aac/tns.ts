import { tnsBands } from "./bands.ts";
import { type BitReader, damaged, flag, take } from "./bit-reader.ts";
import { isShort, type WindowInfo } from "./window-info.ts";

/** A filter over a range of lines of one window: temporal noise shaping. */
export type TnsFilter = {
  /** Lines [from, to) of the frame. */
  from: number;
  to: number;
  /** Whether it runs from the highest line down. */
  down: boolean;
  /** Prediction coefficients, of the nearest line first. */
  lpc: readonly number[];
};

const MAX_ORDER_LONG = 12;
const MAX_ORDER_SHORT = 7;

/** Reads tns_data(): at most three filters for each window. ISO/IEC 14496-3, table 4.54. */
export function readTns(bits: BitReader, info: WindowInfo): TnsFilter[] {
  const short = isShort(info);
  const { bands, offsets, rateIndex } = info;
  const limit = Math.min(tnsBands(rateIndex, short), bands);
  const filters: TnsFilter[] = [];
  for (let window = 0; window < (short ? 8 : 1); window++) {
    const count = take(bits, short ? 1 : 2);
    const resolution = count > 0 && flag(bits) ? 4 : 3;
    let bottom = offsets.length - 1;
    for (let i = 0; i < count; i++) {
      const top = bottom;
      bottom = Math.max(0, top - take(bits, short ? 4 : 6));
      const order = take(bits, short ? 3 : 5);
      if (order > (short ? MAX_ORDER_SHORT : MAX_ORDER_LONG)) throw damaged();
      if (order === 0) continue;
      const down = flag(bits);
      const lpc = toLpc(readReflections(bits, order, resolution));
      const line = (band: number) => window * 128 + offsets[Math.min(band, limit)];
      filters.push({ from: line(bottom), to: line(top), down, lpc });
    }
  }
  return filters;
}

/** 4.6.9.3: signed numbers on an arcsine scale; their highest bit may be left out. */
function readReflections(bits: BitReader, order: number, resolution: number): number[] {
  const width = resolution - take(bits, 1);
  return Array.from({ length: order }, () => {
    const raw = take(bits, width);
    const coded = raw >= 2 ** (width - 1) ? raw - 2 ** width : raw;
    const steps = 2 ** (resolution - 1) + (coded >= 0 ? -0.5 : 0.5);
    return Math.sin((coded * Math.PI) / 2 / steps);
  });
}

/** The step-up recursion from reflection to prediction coefficients. */
function toLpc(reflections: readonly number[]): number[] {
  let lpc: number[] = [];
  for (const reflection of reflections) {
    const last = lpc.length - 1;
    lpc = [...lpc.map((x, i) => x + reflection * lpc[last - i]), reflection];
  }
  return lpc;
}

/** Applies the filters to the lines, in place. 4.6.9.3. */
export function shapeNoise(lines: Float64Array, filters: readonly TnsFilter[]): void {
  for (const { from, to, down, lpc } of filters) {
    const step = down ? -1 : 1;
    const start = down ? to - 1 : from;
    for (let n = 0; n < to - from; n++) {
      const at = start + n * step;
      let sum = lines[at];
      for (let i = 0; i < Math.min(n, lpc.length); i++) sum -= lpc[i] * lines[at - (i + 1) * step];
      lines[at] = sum;
    }
  }
}
