import { readFile } from "node:fs/promises";
import type { Embedder } from "../../lib/ports.ts";
import { normalize, type UnitVector } from "../../lib/score/vector.ts";
import { bySpeaker, type TrainClip } from "./corpus.ts";
import { mapWithProgress } from "./progress.ts";

/** More clips of one speaker change its mean little; embedding them costs minutes. */
const CLIPS_PER_SPEAKER = 4;

/** Each speaker's embeddings under the model as it is now (mean not yet subtracted), speakers in order of id. */
export async function embedSpeakers(embedder: Embedder, clips: readonly TrainClip[], width: number) {
  const groups = [...bySpeaker(clips)].sort(([a], [b]) => (a < b ? -1 : 1));
  const chosen = groups.flatMap(([, own]) => own.slice(0, CLIPS_PER_SPEAKER));
  const embedded = await mapWithProgress("cohort", chosen, width, async (clip) => {
    const heard = await embedder.hear({ bytes: await readFile(clip.path) });
    return { speaker: clip.speaker, embedding: heard.embedding };
  });
  return [...bySpeaker(embedded).values()]
    .map((own) => own.flatMap(({ embedding }) => embedding ?? []))
    .filter((own) => own.length > 0);
}

/** The mean over speakers of their mean embedding: a speaker with many clips weighs no more than another. */
export function meanOf(speakers: readonly (readonly UnitVector[])[], dimension: number): Float64Array {
  const mean = new Float64Array(dimension);
  for (const own of speakers) {
    for (const embedding of own) {
      for (let i = 0; i < dimension; i++) mean[i] += embedding[i] / (own.length * speakers.length);
    }
  }
  return mean;
}

export const centre = (embedding: UnitVector, mean: ArrayLike<number>): UnitVector =>
  normalize(embedding.map((x, i) => x - mean[i]));

/** One unit row per speaker: the mean of its centred embeddings. [size * dimension] */
export function cohortRows(
  speakers: readonly (readonly UnitVector[])[],
  mean: ArrayLike<number>,
): Float32Array {
  const rows = new Float32Array(speakers.length * mean.length);
  speakers.forEach((own, row) => {
    const sum = new Float64Array(mean.length);
    for (const embedding of own) for (const [i, x] of centre(embedding, mean).entries()) sum[i] += x;
    rows.set(normalize(sum), row * mean.length);
  });
  return rows;
}
