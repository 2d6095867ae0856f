import type { ListedClip } from "../../ports/speaker.ts";

/** Net seconds over the listed clips, to the millisecond: floats summed in another order must not differ. */
export const speechOf = (clips: readonly Pick<ListedClip, "speechSeconds">[]): number =>
  milli(clips.reduce((sum, clip) => sum + clip.speechSeconds, 0));

export const milli = (seconds: number): number => Math.round(seconds * 1000) / 1000;
