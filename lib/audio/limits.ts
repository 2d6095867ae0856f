/** What a clip may be, whatever its container: the bounds of docs/bad-input.md, section Audio. */
import { AppError } from "../error.ts";

export const MAX_SECONDS = 120;
export const MIN_RATE_HZ = 8_000;
export const MAX_RATE_HZ = 192_000;
/** What a header may declare; more is no recording of a voice. Which of them are accepted is mono.ts's to say. */
export const MAX_CHANNELS = 8;

/** Refuses before anything is allocated. sampleRateHz and channels as the header declares them. */
export function checkLayout(sampleRateHz: number, channels: number): void {
  if (channels < 1 || channels > MAX_CHANNELS) {
    throw new AppError(
      "audio-unsupported-layout",
      `The header declares ${channels} channels. Send one channel, or two with \`channel\` to pick one.`,
    );
  }
  if (!(sampleRateHz >= MIN_RATE_HZ && sampleRateHz <= MAX_RATE_HZ)) {
    throw new AppError(
      "audio-unsupported-rate",
      `The sample rate is ${sampleRateHz} Hz. Send audio sampled at ${MIN_RATE_HZ} to ${MAX_RATE_HZ} Hz.`,
    );
  }
}

/** frames: samples per channel. Exactly 120 s pass. */
export function checkDuration(frames: number, sampleRateHz: number): void {
  const seconds = frames / sampleRateHz;
  if (seconds <= MAX_SECONDS) return;
  throw new AppError(
    "audio-too-long",
    `The clip lasts ${seconds.toFixed(1)} s. Send at most ${MAX_SECONDS} s at a time.`,
  );
}

export function undecodable(detail: string): AppError {
  return new AppError("audio-undecodable", detail);
}

export function truncated(detail: string): AppError {
  return new AppError("audio-truncated", detail);
}
