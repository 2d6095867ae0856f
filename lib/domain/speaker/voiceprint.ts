import type { ListedClip, Speaker } from "../../ports/speaker.ts";
import { fromFixed } from "../../score/scoring/fixed-point.ts";
import { speakerStats } from "../../score/scoring/norm.ts";
import type { Cohort } from "../../score/scoring/types.ts";

/** The speaker made of these clips, with the statistics that belong to the new voiceprint. */
export function withVoiceprint(
  speaker: Speaker,
  made: { sum: Float64Array; clips: readonly ListedClip[] },
  cohort: Cohort,
): Speaker {
  const voiced = made.clips.length > 0;
  const stats = voiced ? speakerStats(fromFixed(made.sum), cohort, speaker.uid) : undefined;
  return { ...speaker, ...made, stats };
}

export const emptySum = (dimension: number): Float64Array => new Float64Array(dimension);
