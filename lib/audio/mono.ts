import { AppError } from "../error.ts";
import { resample } from "./features/resample.ts";
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
 * Throws AppError `audio-unsupported-layout`, `audio-unsupported-rate`, `audio-invalid-samples`.
 */
export function toMono16k(pcm: Pcm, channel: number | undefined, rateHz = 16_000): Float32Array {
  checkLayout(pcm.sampleRateHz, pcm.channels.length);
  const plane = pick(pcm.channels, channel);
  checkSamples(plane);
  return resample(plane, pcm.sampleRateHz, rateHz);
}

function pick(channels: readonly Float32Array[], channel: number | undefined): Float32Array {
  if (channels.length > 2) {
    throw layout(
      `The clip has ${channels.length} channels. Send one channel, or two with \`channel\` set to 0 or 1.`,
    );
  }
  if (channel !== undefined) {
    const plane = channels[channel];
    if (plane) return plane;
    throw layout(`Channel ${channel} doesn't exist: the clip has ${channels.length}, numbered from 0.`);
  }
  const [left, right] = channels;
  if (right && !alike(left, right)) {
    throw layout("The two channels differ. Set `channel` to 0 or 1, whichever contains the speaker.");
  }
  return left;
}

function alike(left: Float32Array, right: Float32Array): boolean {
  let difference = 0;
  let total = 0;
  for (let i = 0; i < left.length; i++) {
    difference += (left[i] - right[i]) ** 2;
    total += left[i] ** 2 + right[i] ** 2;
  }
  // If the total isn't finite, checkSamples names the cause.
  return difference <= SAME_ENERGY * total || !Number.isFinite(total);
}

function checkSamples(samples: Float32Array): void {
  for (let i = 0; i < samples.length; i++) {
    if (Math.abs(samples[i]) <= LOUDEST) continue;
    throw new AppError(
      "audio-invalid-samples",
      `Sample ${i} is ${samples[i]}. Samples must be numbers with full scale at 1. Check how the file was written.`,
    );
  }
}

function layout(detail: string): AppError {
  return new AppError("audio-unsupported-layout", detail);
}
