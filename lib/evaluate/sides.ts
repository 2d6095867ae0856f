import { bandwidthOf, type Side } from "../domain/scoring/side.ts";
import { addFixed, fromFixed, toFixed } from "../score/scoring/fixed-point.ts";
import { voiceStats } from "../score/scoring/norm.ts";
import type { Cohort } from "../score/scoring/types.ts";
import type { UnitVector } from "../score/scoring/vector.ts";
import type { EmbeddedClip } from "./embedding-cache.ts";

/**
 * One side of a trial, as the service has it: a clip alone as in a comparison, several as the voiceprint that the registry makes
 * of them. Undefined where no clip has an embedding; without statistics where there is no cohort, or too small a one.
 */
export function sideOf(clips: readonly EmbeddedClip[], cohort: Cohort | undefined): Side | undefined {
  const voices = clips.flatMap(({ embedding }) => embedding ?? []);
  if (voices.length === 0) return undefined;
  const voice = voices.length === 1 ? voices[0] : meanOf(voices);
  const qualities = clips.map(({ quality }) => quality);
  return {
    voice,
    stats: cohort && voiceStats(voice, cohort),
    speechSeconds: qualities.reduce((sum, { speechSeconds }) => sum + speechSeconds, 0),
    bandwidth: bandwidthOf(qualities),
    snrDb: clips.length === 1 ? qualities[0].snrDb : undefined,
  };
}

function meanOf(voices: readonly UnitVector[]): UnitVector {
  let sum: Float64Array = new Float64Array(voices[0].length);
  for (const voice of voices) sum = addFixed(sum, toFixed(voice), 1);
  return fromFixed(sum);
}
