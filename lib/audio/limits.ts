/** Limits on a recording in any format: docs/bad-input.md, section Audio. */
import { AppError } from "../error.ts";

export type Limits = {
  maxSeconds: number;
  /**
   * Samples of all channels. The work of decoding and resampling grows with them: 120 s of stereo
   * at 48 kHz are as much as 60 s of mono at 192 kHz.
   */
  maxSamples: number;
  /** What to do with a longer recording. */
  advice: string;
};

const limitsOf = (maxSeconds: number, advice: string): Limits => ({
  maxSeconds,
  maxSamples: maxSeconds * 48_000 * 2,
  advice,
});

/** A clip is embedded as a whole. */
export const CLIP = limitsOf(
  120,
  "To use a part of a longer recording, upload it if it is large, and set `segment` or `firstSpeechSeconds`. " +
    "A `diarize` job, or `voiceroll diarize`, finds out who speaks when in it.",
);
/** A long recording is read in blocks. */
export const LONG = limitsOf(3600, "Cut the recording into parts of at most an hour.");

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

/**
 * Throws `audio-too-long` above the longest length, or above the number of samples that it has in
 * stereo at 48 kHz. Exactly the longest passes. `frames`: samples per channel.
 */
export function checkDuration(frames: number, sampleRateHz: number, channels: number, limits: Limits): void {
  const { maxSeconds, maxSamples } = limits;
  const seconds = frames / sampleRateHz;
  if (seconds > maxSeconds) {
    throw tooLong(
      `The recording is ${seconds.toFixed(1)} s long. At most ${maxSeconds} s are accepted.`,
      limits,
    );
  }
  if (frames * channels > maxSamples) {
    const allowed = Math.floor(maxSamples / channels / sampleRateHz);
    throw tooLong(
      `At ${sampleRateHz} Hz with ${channels} channel(s), at most ${allowed} s are accepted. Convert the recording ` +
        "to 16000 Hz mono.",
      limits,
    );
  }
}

export function tooLong(detail: string, { advice }: Limits): AppError {
  return new AppError("audio-too-long", `${detail} ${advice}`);
}

export function undecodable(detail: string): AppError {
  return new AppError("audio-undecodable", detail);
}

export function truncated(detail: string): AppError {
  return new AppError("audio-truncated", detail);
}
