import { AppError } from "../../../error.ts";
import { howToConvert } from "../convert.ts";
import { type BitReader, bitsOf, flag, isPast, take } from "./bit-reader.ts";
import { type Codebook, readSymbol } from "./codebook.ts";
import { invalidSetup } from "./vectors.ts";

/** The envelope of a spectrum, as line segments. Vorbis I specification, section 7. */
export type Floor = {
  multiplier: number;
  /** The class of each partition of points. */
  partitions: readonly number[];
  classes: readonly PointClass[];
  points: readonly Point[];
  /** Indices of the points, from left to right. */
  order: readonly number[];
};

/** book: undefined if its choice takes no bits */
type PointClass = {
  dimensions: number;
  bits: number;
  book: number | undefined;
  books: readonly number[];
};
/** low, high: the nearest earlier points on both sides; unused for the first two */
type Point = { x: number; low: number; high: number };

const RANGES = [256, 128, 86, 64];
const MAX_POINTS = 65;

/** [256] 140 dB in equal steps, up to 1. 10.1. */
const decibels = Float64Array.from({ length: 256 }, (_, i) => 10 ** (((i - 255) * 140) / 256 / 20));

export function readFloor(bits: BitReader, books: readonly Codebook[]): Floor {
  const type = take(bits, 16);
  if (type === 0) {
    throw new AppError(
      "audio-unsupported-codec",
      `The Vorbis stream uses floors of type 0, which aren't supported. ${howToConvert(".ogg")}`,
    );
  }
  if (type !== 1) throw invalidSetup();
  const partitions = Array.from({ length: take(bits, 5) }, () => take(bits, 4));
  const classes = Array.from({ length: Math.max(-1, ...partitions) + 1 }, () => readClass(bits, books));
  const multiplier = take(bits, 2) + 1;
  const width = take(bits, 4);
  const places = [0, 2 ** width];
  for (const one of partitions)
    for (let i = 0; i < classes[one].dimensions; i++) places.push(take(bits, width));
  if (places.length > MAX_POINTS || new Set(places).size < places.length || isPast(bits))
    throw invalidSetup();
  const order = places.map((_, i) => i).sort((a, b) => places[a] - places[b]);
  return { multiplier, partitions, classes, points: places.map((_, i) => pointOf(places, i)), order };
}

function readClass(bits: BitReader, books: readonly Codebook[]): PointClass {
  const dimensions = take(bits, 3) + 1;
  const choices = take(bits, 2);
  const book = choices > 0 ? take(bits, 8) : undefined;
  const some = Array.from({ length: 2 ** choices }, () => take(bits, 8) - 1);
  if ([...some, book ?? 0].some((one) => one >= books.length)) throw invalidSetup();
  return { dimensions, bits: choices, book, books: some };
}

function pointOf(places: readonly number[], index: number): Point {
  const x = places[index];
  let low = 0;
  let high = 1;
  for (let i = 0; i < index; i++) {
    if (places[i] < x && places[i] > places[low]) low = i;
    if (places[i] > x && places[i] < places[high]) high = i;
  }
  return { x, low, high };
}

/** Returns the heights of the points in a packet; undefined if the channel is silent. 7.2.3. */
export function readHeights(
  bits: BitReader,
  { multiplier, partitions, classes }: Floor,
  books: readonly Codebook[],
): number[] | undefined {
  if (!flag(bits)) return undefined;
  const width = bitsOf(RANGES[multiplier - 1] - 1);
  const heights = [take(bits, width), take(bits, width)];
  for (const partition of partitions) {
    const { dimensions, bits: choice, book, books: some } = classes[partition];
    let choices = book === undefined ? 0 : readSymbol(bits, books[book]);
    for (let i = 0; i < dimensions; i++) {
      const chosen = some[choices & (2 ** choice - 1)];
      choices >>= choice;
      heights.push(chosen >= 0 ? readSymbol(bits, books[chosen]) : 0);
    }
  }
  return isPast(bits) ? undefined : heights;
}

/** Multiplies the lines by the envelope. 7.2.4. */
export function applyFloor(floor: Floor, coded: readonly number[], lines: Float64Array): void {
  const { points, order, multiplier } = floor;
  const { heights, used } = unwrap(floor, coded);
  let [x, y] = [0, heights[order[0]] * multiplier];
  for (const index of order.slice(1)) {
    if (!used[index]) continue;
    const next = heights[index] * multiplier;
    drawLine(lines, { x, y }, { x: points[index].x, y: next });
    [x, y] = [points[index].x, next];
  }
  for (let i = x; i < lines.length; i++) lines[i] *= decibels[y & 255];
}

/** Heights are coded as differences from the line between neighbors, folded into the range. */
function unwrap({ points, multiplier }: Floor, coded: readonly number[]) {
  const range = RANGES[multiplier - 1];
  const heights = [coded[0], coded[1]];
  const used = [true, true];
  for (let i = 2; i < points.length; i++) {
    const { x, low, high } = points[i];
    const predicted = between(points[low].x, heights[low], points[high].x, heights[high], x);
    const [above, below] = [range - predicted, predicted];
    const room = Math.min(above, below) * 2;
    const value = coded[i];
    used.push(value !== 0);
    if (value !== 0) used[low] = used[high] = true;
    heights.push(Math.max(0, Math.min(range - 1, predicted + unfold(value, room, above > below))));
  }
  return { heights, used };
}

/** Near the prediction both directions alternate; beyond, only the wider one is left. */
function unfold(value: number, room: number, isAboveWider: boolean): number {
  if (value >= room) return isAboveWider ? value - room / 2 : room / 2 - value - 1;
  return value & 1 ? -((value + 1) >> 1) : value >> 1;
}

/** The line through two points at x, rounded towards its start. 9.2.6. */
function between(x0: number, y0: number, x1: number, y1: number, x: number): number {
  const offset = Math.floor((Math.abs(y1 - y0) * (x - x0)) / (x1 - x0));
  return y1 < y0 ? y0 - offset : y0 + offset;
}

type Place = { x: number; y: number };

/** 9.2.7: an integer line, so that all decoders agree. */
function drawLine(lines: Float64Array, from: Place, to: Place): void {
  const width = to.x - from.x;
  const rise = to.y - from.y;
  const base = Math.trunc(rise / width);
  const step = rise < 0 ? base - 1 : base + 1;
  const remainder = Math.abs(rise) - Math.abs(base) * width;
  let y = from.y;
  let error = 0;
  for (let x = from.x; x < Math.min(to.x, lines.length); x++) {
    if (x > from.x) {
      error += remainder;
      if (error >= width) {
        error -= width;
        y += step;
      } else y += base;
    }
    lines[x] *= decibels[y & 255];
  }
}
