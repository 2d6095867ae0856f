import type { ListedClip } from "../../ports/speaker.ts";

/** Net seconds of the clips, rounded to milliseconds so that the order of summing has no effect. */
export const speechOf = (clips: readonly Pick<ListedClip, "speechSeconds">[]): number =>
  roundToMillis(clips.reduce((sum, clip) => sum + clip.speechSeconds, 0));

export const roundToMillis = (seconds: number): number => Math.round(seconds * 1000) / 1000;
