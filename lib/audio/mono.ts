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
  const output = resampler(pcm.sampleRateHz, rateHz);
  const compare = channel === undefined && pcm.channels === 2;
  const energy = { difference: 0, total: 0 };
  let length = 0;
  for (const block of pcm.blocks) {
    const plane = block[picked];
    checkSamples(plane, length);
    if (compare) addEnergy(energy, block[0], block[1]);
    output.push(plane);
    length += plane.length;
  }
  if (energy.difference > SAME_ENERGY * energy.total) {
    throw layout("The two channels differ. Set `channel` to 0 or 1, whichever contains the speaker.");
  }
  return output.finish();
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
  for (let i = 0; i < left.length; i++) {
    sums.difference += (left[i] - right[i]) ** 2;
    sums.total += left[i] ** 2 + right[i] ** 2;
  }
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
