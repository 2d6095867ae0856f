import type { ListedClip, Speaker } from "../ports.ts";
import { fromFixed } from "../score/fixed-point.ts";
import { voiceStats } from "../score/norm.ts";
import type { Cohort } from "../score/types.ts";

/** The speaker made of these clips, with the statistics that belong to the new voiceprint. */
export function withVoiceprint(
  speaker: Speaker,
  made: { sum: Float64Array; clips: readonly ListedClip[] },
  cohort: Cohort,
): Speaker {
  const voice = made.clips.length > 0 ? voiceStats(fromFixed(made.sum), cohort) : undefined;
  return { ...speaker, ...made, stats: voice && { cohortId: cohort.id, voice } };
}

export const emptySum = (dimension: number): Float64Array => new Float64Array(dimension);
