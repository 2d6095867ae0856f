import { readFile } from "node:fs/promises";
import type { Embedder } from "../../lib/ports.ts";
import { normalize, type UnitVector } from "../../lib/score/vector.ts";
import { bySpeaker, type TrainClip } from "./corpus.ts";
import { mapWithProgress } from "./progress.ts";

/** More clips of one speaker change its mean little; embedding them costs minutes. */
const CLIPS_PER_SPEAKER = 4;

/** Each speaker's embeddings, speakers in order of id. */
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

/** One unit row per speaker: the mean of its embeddings. [size * dimension] */
export function cohortRows(speakers: readonly (readonly UnitVector[])[], dimension: number): Float32Array {
  const rows = new Float32Array(speakers.length * dimension);
  speakers.forEach((own, row) => {
    const sum = new Float64Array(dimension);
    for (const embedding of own) for (const [i, x] of embedding.entries()) sum[i] += x;
    rows.set(normalize(sum), row * dimension);
  });
  return rows;
}
