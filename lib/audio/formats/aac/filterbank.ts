import { inverseMdct } from "../mdct.ts";
import type { Sequence, Shape } from "./window-info.ts";

const LONG = 1024;
const SHORT = 128;
/** Where the short slope of a start or stop window begins. */
const FLAT = (LONG - SHORT) / 2;
/** Lines are relative to 16-bit integers. */
const FULL_SCALE = 32_768;

/** [length] the rising half of a window, of 2 * length samples. ISO/IEC 14496-3, 4.6.11.3.2. */
const sine = (length: number): Float64Array =>
  Float64Array.from({ length }, (_, n) => Math.sin((Math.PI / (2 * length)) * (n + 0.5)));

/** A Kaiser-Bessel derived window. */
function kbd(length: number, alpha: number): Float64Array {
  const kaiser = Float64Array.from({ length: length + 1 }, (_, n) =>
    bessel(Math.PI * alpha * Math.sqrt(1 - ((n - length / 2) / (length / 2)) ** 2)),
  );
  const total = kaiser.reduce((sum, x) => sum + x, 0);
  let sum = 0;
  return Float64Array.from({ length }, (_, n) => {
    sum += kaiser[n];
    return Math.sqrt(sum / total);
  });
}

/** The modified Bessel function of the first kind and order 0. */
function bessel(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / 2 / k) ** 2;
    sum += term;
  }
  return sum;
}

const SLOPES: Readonly<Record<Shape, { long: Float64Array; short: Float64Array }>> = {
  sine: { long: sine(LONG), short: sine(SHORT) },
  kbd: { long: kbd(LONG, 4), short: kbd(SHORT, 6) },
};

const longTransform = inverseMdct(LONG);
const shortTransform = inverseMdct(SHORT);

/**
 * Returns a function that turns the lines of one block after the other into samples of one channel:
 * inverse MDCT, window and overlap of each block with the one before. 4.6.11.
 *
 * lines  [1024]
 * out    [1024] samples, full scale at 1
 */
export function synthesis() {
  const overlap = new Float64Array(LONG);
  const block = new Float64Array(2 * LONG);
  let before: Shape = "sine";
  return (
    lines: Float64Array,
    { sequence, shape }: { sequence: Sequence; shape: Shape },
    out: Float32Array,
  ) => {
    if (sequence === "eight-short") eightShort(lines, SLOPES[before].short, SLOPES[shape].short, block);
    else {
      longTransform(lines, block);
      fadeIn(block, sequence === "long-stop" ? SLOPES[before].short : SLOPES[before].long);
      fadeOut(block, sequence === "long-start" ? SLOPES[shape].short : SLOPES[shape].long);
    }
    for (let i = 0; i < LONG; i++) {
      out[i] = (overlap[i] + block[i]) / FULL_SCALE;
      overlap[i] = block[LONG + i];
    }
    before = shape;
  };
}

/** Applies the rising half of the window: zeros, the slope, ones. */
function fadeIn(block: Float64Array, slope: Float64Array): void {
  const flat = slope.length === LONG ? 0 : FLAT;
  block.fill(0, 0, flat);
  for (let i = 0; i < slope.length; i++) block[flat + i] *= slope[i];
}

function fadeOut(block: Float64Array, slope: Float64Array): void {
  const flat = slope.length === LONG ? 0 : FLAT;
  block.fill(0, 2 * LONG - flat);
  for (let i = 0; i < slope.length; i++) block[2 * LONG - 1 - flat - i] *= slope[i];
}

const shortBlock = new Float64Array(2 * SHORT);

/** Eight windows of 256 samples, each overlapping the next by half, in the middle of the block. */
function eightShort(
  lines: Float64Array,
  before: Float64Array,
  slope: Float64Array,
  block: Float64Array,
): void {
  block.fill(0);
  for (let window = 0; window < 8; window++) {
    shortTransform(lines.subarray(window * SHORT, (window + 1) * SHORT), shortBlock);
    const rising = window === 0 ? before : slope;
    const at = FLAT + window * SHORT;
    for (let i = 0; i < SHORT; i++) {
      block[at + i] += shortBlock[i] * rising[i];
      block[at + SHORT + i] += shortBlock[SHORT + i] * slope[SHORT - 1 - i];
    }
  }
}
