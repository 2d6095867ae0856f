import { bandwidthOf, type Side } from "../domain/scoring/side.ts";
import { addFixed, fromFixed, toFixed } from "../score/scoring/fixed-point.ts";
import { voiceStats } from "../score/scoring/norm.ts";
import type { Cohort } from "../score/scoring/types.ts";
import type { UnitVector } from "../score/scoring/vector.ts";
import type { EmbeddedClip } from "./embedding-cache.ts";

/**
 * Returns one side of a trial as the service would compute it: a single clip as in a comparison,
 * several clips as the voiceprint of an enrolled speaker. Returns undefined if no clip has an
 * embedding. The side has no statistics without a cohort, or with a cohort that is too small.
 */
export function sideOf(clips: readonly EmbeddedClip[], cohort: Cohort | undefined): Side | undefined {
  const voice = meanOf(clips.flatMap(({ embedding }) => embedding ?? []));
  if (!voice) return undefined;
  const qualities = clips.map(({ quality }) => quality);
  const [only, ...more] = qualities;
  return {
    voice,
    stats: cohort && voiceStats(voice, cohort),
    speechSeconds: qualities.reduce((sum, { speechSeconds }) => sum + speechSeconds, 0),
    bandwidth: bandwidthOf(qualities),
    clips: clips.length,
    snrDb: more.length === 0 ? only?.snrDb : undefined,
  };
}

function meanOf(voices: readonly UnitVector[]): UnitVector | undefined {
  const [first, ...more] = voices;
  if (!first || more.length === 0) return first;
  let sum: Float64Array = new Float64Array(first.length);
  for (const voice of voices) sum = addFixed(sum, toFixed(voice), 1);
  return fromFixed(sum);
}
