import type { Heard } from "../../lib/adapters/onnx/cached-ear.ts";
import { addFixed, fromFixed, toFixed } from "../../lib/score/fixed-point.ts";
import { voiceStats } from "../../lib/score/norm.ts";
import type { Cohort, TrialBandwidth, VoiceStats } from "../../lib/score/types.ts";
import type { UnitVector } from "../../lib/score/vector.ts";

/** One side of a trial. `stats`: undefined where there is no cohort, or one too small to normalise by. */
export type Side = {
  embedding: UnitVector;
  stats: VoiceStats | undefined;
  speechSeconds: number;
  bandwidth: TrialBandwidth;
};

/**
 * The voiceprint of some clips, made as the registry makes one: the mean of their embeddings. Undefined where none has an
 * embedding. Telephone where at least half of the speech is.
 */
export function sideOf(clips: readonly Heard[], cohort: Cohort | undefined): Side | undefined {
  const voices = clips.flatMap(({ embedding }) => embedding ?? []);
  if (voices.length === 0) return undefined;
  const embedding = voices.length === 1 ? voices[0] : meanOf(voices);
  const seconds = (some: readonly Heard[]) =>
    some.reduce((sum, { quality }) => sum + quality.speechSeconds, 0);
  const telephone = clips.filter(({ quality }) => quality.bandwidth === "telephone");
  const narrow = telephone.length > 0 && 2 * seconds(telephone) >= seconds(clips);
  return {
    embedding,
    stats: cohort && voiceStats(embedding, cohort),
    speechSeconds: seconds(clips),
    bandwidth: narrow ? "telephone" : "wide",
  };
}

function meanOf(voices: readonly UnitVector[]): UnitVector {
  let sum: Float64Array = new Float64Array(voices[0].length);
  for (const voice of voices) sum = addFixed(sum, toFixed(voice), 1);
  return fromFixed(sum);
}
