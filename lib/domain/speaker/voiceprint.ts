import type { ListedClip, Speaker } from "../../ports/speaker.ts";
import { fromFixed } from "../../score/scoring/fixed-point.ts";
import { speakerStats } from "../../score/scoring/norm.ts";
import type { Cohort } from "../../score/scoring/types.ts";

/** The speaker with a new voiceprint and the statistics that belong to it. */
export function withVoiceprint(
  speaker: Speaker,
  { sum, clips }: { sum: Float64Array; clips: readonly ListedClip[] },
  cohort: Cohort,
): Speaker {
  const stats = clips.length > 0 ? speakerStats(fromFixed(sum), cohort, speaker.uid) : undefined;
  return { ...speaker, sum, clips, stats };
}

export const emptySum = (dimension: number): Float64Array => new Float64Array(dimension);
