import { undecodable } from "../limits.ts";
import { type Bits, readBits, readRice, readSigned, readUnary } from "./bits.ts";

/** Weights of the previous samples, newest first: polynomials through the last 0..4 samples. */
const FIXED = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];

/**
 * Fills `samples` with one channel of one frame: a prediction plus a residual.
 * RFC 9639, section 9.2.
 *
 * samples  [block size]
 * depth    bits per sample, 4..25: a side channel has one more than the stream
 */
export function readSubframe(bits: Bits, samples: Int32Array, depth: number): void {
  if (readBits(bits, 1) !== 0) throw broken();
  const type = readBits(bits, 6);
  const wasted = readBits(bits, 1) === 1 ? readUnary(bits) + 1 : 0;
  const stored = depth - wasted;
  if (stored < 1) throw broken();
  readCoded(bits, type, samples, stored);
  if (wasted > 0) for (let i = 0; i < samples.length; i++) samples[i] <<= wasted;
}

function readCoded(bits: Bits, type: number, samples: Int32Array, depth: number): void {
  if (type === 0) {
    samples.fill(readSigned(bits, depth));
    return;
  }
  if (type === 1) {
    readWarmUp(bits, samples, samples.length, depth);
    return;
  }
  const linear = type >= 32;
  const order = linear ? type - 31 : type - 8;
  if (order < 0 || (!linear && order >= FIXED.length) || order > samples.length) throw broken();
  readWarmUp(bits, samples, order, depth);
  const { weights, shift } = linear ? readWeights(bits, order) : { weights: FIXED[order], shift: 0 };
  readResidual(bits, samples, order);
  predict(samples, weights, shift);
}

function readWarmUp(bits: Bits, samples: Int32Array, count: number, depth: number): void {
  for (let i = 0; i < count; i++) samples[i] = readSigned(bits, depth);
}

function readWeights(bits: Bits, order: number): { weights: number[]; shift: number } {
  const precision = readBits(bits, 4) + 1;
  const shift = readSigned(bits, 5);
  if (precision === 16 || shift < 0) throw broken();
  return { weights: Array.from({ length: order }, () => readSigned(bits, precision)), shift };
}

/**
 * Fills samples[order..]. Partitions have equal lengths; each is Rice-coded or holds plain numbers.
 */
function readResidual(bits: Bits, samples: Int32Array, order: number): void {
  const method = readBits(bits, 2);
  if (method > 1) throw broken();
  const partitions = 1 << readBits(bits, 4);
  const length = samples.length / partitions;
  if (!Number.isInteger(length) || length < order) throw broken();
  const parameterBits = method === 0 ? 4 : 5;
  const plain = (1 << parameterBits) - 1;
  for (let p = 0; p < partitions; p++) {
    const from = p === 0 ? order : p * length;
    const parameter = readBits(bits, parameterBits);
    if (parameter === plain) readPlain(bits, samples, from, (p + 1) * length);
    else readRice(bits, parameter, samples, from, (p + 1) * length);
  }
}

function readPlain(bits: Bits, samples: Int32Array, from: number, to: number): void {
  const depth = readBits(bits, 5);
  for (let i = from; i < to; i++) samples[i] = depth === 0 ? 0 : readSigned(bits, depth);
}

/**
 * Adds the prediction in place. Sums reach 2^44, which a double holds exactly and an int32 doesn't.
 */
function predict(samples: Int32Array, weights: readonly number[], shift: number): void {
  const order = weights.length;
  const scale = 2 ** -shift;
  for (let i = order; i < samples.length; i++) {
    let sum = 0;
    for (let j = 0; j < order; j++) sum += weights[j] * samples[i - 1 - j];
    samples[i] += Math.floor(sum * scale);
  }
}

function broken() {
  return undecodable("A frame of the FLAC file is invalid. Encode the file again.");
}
