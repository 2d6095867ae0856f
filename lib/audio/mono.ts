import { AppError } from "../error.ts";
import { resampler } from "./features/resample.ts";
import { checkLayout } from "./limits.ts";
import type { Pcm } from "./types.ts";

/**
 * No audio has samples beyond this: 40 dB over full scale. Float WAVs a little over 1 are common
 * and fine.
 */
const LOUDEST = 100;
/**
 * Two channels count as equal if their difference holds less than this share of the energy: -50 dB.
 */
const SAME_ENERGY = 1e-5;
/** -60 dB: a block with a louder sample has a sound. */
const AUDIBLE = 1e-3;
/** In that block, a channel counts as the only one if its peak is 20 dB above the other's. */
const SILENT_RATIO = 10;
/** Samples that are kept together until the whole clip is checked. */
const PIECE = 65_536;

/**
 * Returns one channel, resampled to rateHz: ceil(length * rateHz / sampleRateHz) samples.
 *
 * pcm      1..8 channels, 8-192 kHz
 * channel  0-based. Undefined: two channels must be equal or opposite, or one of them silent, to
 *          -50 dB because lossy codecs blur them.
 *
 * Channels are never mixed: both sides of a phone call in one signal would be enrolled as one
 * voice.
 *
 * Throws AppError `audio-unsupported-layout`, `audio-unsupported-rate`, `audio-invalid-samples`,
 * and the errors of the decoder.
 */
export function toMono16k(pcm: Pcm, channel: number | undefined, rateHz = 16_000): Float32Array {
  // Resampling takes most of the time, so it starts when nothing can be refused any more.
  const pieces = pieceCollector();
  for (const plane of checkedPlanes(pcm, channel)) pieces.push(plane);
  const output = resampler(pcm.sampleRateHz, rateHz);
  for (const piece of pieces.all()) output.push(piece);
  return output.finish();
}

/**
 * Yields the picked channel of each block, at the audio's own rate. A plane is valid until the next
 * one is requested. Throws the errors of `toMono16k`; those of two channels that differ come at the
 * end.
 */
export function* checkedPlanes(pcm: Pcm, channel: number | undefined): Generator<Float32Array> {
  checkLayout(pcm.sampleRateHz, pcm.channels);
  const picked = pick(pcm.channels, channel);
  const compare = channel === undefined && pcm.channels === 2;
  const energy = { left: 0, right: 0, product: 0 };
  let side: number | undefined;
  let length = 0;
  for (const block of pcm.blocks) {
    if (compare) side ??= firstSide(block[0], block[1]);
    const plane = block[side ?? picked];
    checkSamples(plane, length);
    if (compare) addEnergy(energy, block[0], block[1]);
    yield plane;
    length += plane.length;
  }
  const unused = side === 1 ? energy.left : energy.right;
  const both = energy.left + energy.right;
  // The energy of the channels' difference, or of their sum if they are opposite.
  const differing = both - 2 * Math.abs(energy.product);
  if (Math.min(unused, differing) > SAME_ENERGY * both) {
    throw layout("The two channels differ. Set `channel` to 0 or 1, whichever contains the speaker.");
  }
}

/** Copies blocks of any size into pieces of `PIECE` samples; the last one may be shorter. */
function pieceCollector() {
  const full: Float32Array[] = [];
  let open = new Float32Array(PIECE);
  let filled = 0;
  return {
    push(block: Float32Array): void {
      for (let at = 0; at < block.length; ) {
        const part = block.subarray(at, at + PIECE - filled);
        open.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled < PIECE) continue;
        full.push(open);
        open = new Float32Array(PIECE);
        filled = 0;
      }
    },
    all: (): Float32Array[] => [...full, open.subarray(0, filled)],
  };
}

/** Returns the index of the channel to use. */
function pick(channels: number, channel: number | undefined): number {
  if (channels > 2) {
    throw layout(
      `The clip has ${channels} channels. Send one channel, or two with \`channel\` set to 0 or 1.`,
    );
  }
  if (channel === undefined || channel === 0 || (channel === 1 && channels === 2)) return channel ?? 0;
  throw layout(`Channel ${channel} doesn't exist: the clip has ${channels}, numbered from 0.`);
}

/**
 * Returns the channel to use if the other stays silent: the right one if only it has a sound in
 * the first block with any. Undefined in silence.
 */
function firstSide(left: Float32Array, right: Float32Array): 0 | 1 | undefined {
  const [l, r] = [peak(left), peak(right)];
  if (Math.max(l, r) < AUDIBLE) return undefined;
  return r > l * SILENT_RATIO ? 1 : 0;
}

function peak(samples: Float32Array): number {
  let most = 0;
  for (let i = 0; i < samples.length; i++) most = Math.max(most, Math.abs(samples[i]));
  return most;
}

/** product: of the samples of both channels, summed */
type Energy = { left: number; right: number; product: number };

function addEnergy(energy: Energy, left: Float32Array, right: Float32Array): void {
  let { left: l, right: r, product } = energy;
  for (let i = 0; i < left.length; i++) {
    l += left[i] * left[i];
    r += right[i] * right[i];
    product += left[i] * right[i];
  }
  Object.assign(energy, { left: l, right: r, product });
}

/** `offset`: the number of samples before these. */
function checkSamples(samples: Float32Array, offset: number): void {
  for (let i = 0; i < samples.length; i++) {
    if (Math.abs(samples[i]) <= LOUDEST) continue;
    throw new AppError(
      "audio-invalid-samples",
      `Sample ${offset + i} is ${samples[i]}. Samples must be numbers with full scale at 1. ` +
        "Check how the file was written.",
    );
  }
}

function layout(detail: string): AppError {
  return new AppError("audio-unsupported-layout", detail);
}
