import type { ListedClip } from "../../ports/speaker.ts";

/** Net seconds of the clips, rounded to milliseconds so that the order of summing has no effect. */
export const speechOf = (clips: readonly Pick<ListedClip, "speechSeconds">[]): number =>
  roundToMillis(clips.reduce((sum, clip) => sum + clip.speechSeconds, 0));

export const roundToMillis = (seconds: number): number => Math.round(seconds * 1000) / 1000;

/**
 * Returns a measured value as text, rounded down: a clip of 1.97 s has "1.9" s where 2 s are
 * needed, not "2.0". Values are seconds of speech or dB.
 */
export const roundedDown = (value: number, digits = 1): string =>
  (Math.floor(Math.round(value * 1000) / 10 ** (3 - digits)) / 10 ** digits).toFixed(digits);

/** Returns missing seconds as text, rounded up: recording that much is enough. */
export const roundedUp = (seconds: number): string =>
  (Math.ceil(Math.round(seconds * 1000) / 100) / 10).toFixed(1);
