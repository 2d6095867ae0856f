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
/** Samples that are kept together until the whole clip is checked. */
const PIECE = 65_536;

/**
 * Returns one channel, resampled to rateHz: ceil(length * rateHz / sampleRateHz) samples.
 *
 * pcm      1..8 channels, 8-192 kHz
 * channel  0-based. Undefined: two channels must be equal, to -50 dB because lossy codecs blur
 *          them.
 *
 * Channels are never mixed: both sides of a phone call in one signal would be enrolled as one
 * voice.
 *
 * Throws AppError `audio-unsupported-layout`, `audio-unsupported-rate`, `audio-invalid-samples`,
 * and the errors of the decoder.
 */
export function toMono16k(pcm: Pcm, channel: number | undefined, rateHz = 16_000): Float32Array {
  checkLayout(pcm.sampleRateHz, pcm.channels);
  const picked = pick(pcm.channels, channel);
  // Resampling takes most of the time, so it starts when nothing can be refused any more.
  const accepted = checkedPlane(pcm, picked, channel);
  const output = resampler(pcm.sampleRateHz, rateHz);
  for (const piece of accepted) output.push(piece);
  return output.finish();
}

/** Decodes the whole clip and returns the picked channel, in pieces, if all samples are valid. */
function checkedPlane(pcm: Pcm, picked: number, channel: number | undefined): Float32Array[] {
  const pieces = pieceCollector();
  const compare = channel === undefined && pcm.channels === 2;
  const energy = { difference: 0, total: 0 };
  let length = 0;
  for (const block of pcm.blocks) {
    const plane = block[picked];
    checkSamples(plane, length);
    if (compare) addEnergy(energy, block[0], block[1]);
    pieces.push(plane);
    length += plane.length;
  }
  if (energy.difference > SAME_ENERGY * energy.total) {
    throw layout("The two channels differ. Set `channel` to 0 or 1, whichever contains the speaker.");
  }
  return pieces.all();
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

function addEnergy(sums: { difference: number; total: number }, left: Float32Array, right: Float32Array) {
  let { difference, total } = sums;
  for (let i = 0; i < left.length; i++) {
    difference += (left[i] - right[i]) ** 2;
    total += left[i] ** 2 + right[i] ** 2;
  }
  Object.assign(sums, { difference, total });
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
