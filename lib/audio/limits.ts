/** Limits on a clip in any format: docs/bad-input.md, section Audio. */
import { AppError } from "../error.ts";

const MAX_SECONDS = 120;
const MIN_RATE_HZ = 8_000;
const MAX_RATE_HZ = 192_000;
/**
 * More channels in a header aren't a recording of a voice. mono.ts decides which of them are
 * accepted.
 */
const MAX_CHANNELS = 8;

/** Checks the sample rate and channels that a header declares, before anything is allocated. */
export function checkLayout(sampleRateHz: number, channels: number): void {
  if (channels < 1 || channels > MAX_CHANNELS) {
    throw new AppError(
      "audio-unsupported-layout",
      `The header declares ${channels} channels. Send one channel, or two with \`channel\` set to 0 or 1.`,
    );
  }
  if (!(sampleRateHz >= MIN_RATE_HZ && sampleRateHz <= MAX_RATE_HZ)) {
    throw new AppError(
      "audio-unsupported-rate",
      `The sample rate is ${sampleRateHz} Hz. Send audio sampled at ${MIN_RATE_HZ} to ${MAX_RATE_HZ} Hz.`,
    );
  }
}

/** Throws `audio-too-long` above 120 s; exactly 120 s pass. `frames`: samples per channel. */
export function checkDuration(frames: number, sampleRateHz: number): void {
  const seconds = frames / sampleRateHz;
  if (seconds <= MAX_SECONDS) return;
  throw new AppError(
    "audio-too-long",
    `The clip is ${seconds.toFixed(1)} s long. Send at most ${MAX_SECONDS} s per clip.`,
  );
}

export function undecodable(detail: string): AppError {
  return new AppError("audio-undecodable", detail);
}

export function truncated(detail: string): AppError {
  return new AppError("audio-truncated", detail);
}
