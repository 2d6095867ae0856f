import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { normalize, type UnitVector } from "../../lib/score/vector.ts";
import type { Ear } from "./cache.ts";
import { bySpeaker, type TrainClip } from "./corpus.ts";
import { mapWithProgress } from "./progress.ts";

/** More clips of one speaker change its mean little; embedding them costs minutes. */
const CLIPS_PER_SPEAKER = 4;

/** `perCorpus`: at most so many speakers of each corpus; undefined: all of them. */
export type CohortChoice = { perCorpus: number | undefined };

export type CohortVoice = { speaker: string; corpus: string; voice: UnitVector };

/**
 * The clips that the cohort is made of: of each corpus the speakers whose names' SHA-256 come first, so that more of a
 * corpus adds speakers and changes none. In order of speaker.
 */
export function cohortClips(clips: readonly TrainClip[], { perCorpus }: CohortChoice): TrainClip[] {
  const groups = [...bySpeaker(clips).values()].sort((a, b) => (rank(a[0]) < rank(b[0]) ? -1 : 1));
  const taken = new Map<string, number>();
  const chosen = groups.filter(([{ corpus }]) => {
    const before = taken.get(corpus) ?? 0;
    taken.set(corpus, before + 1);
    return perCorpus === undefined || before < perCorpus;
  });
  return chosen
    .sort(([a], [b]) => (a.speaker < b.speaker ? -1 : 1))
    .flatMap((own) => own.slice(0, CLIPS_PER_SPEAKER));
}

const rank = ({ speaker }: TrainClip) => createHash("sha256").update(speaker).digest("hex");

/** One voice per speaker, the mean of its clips' embeddings; speakers without speech are left out. */
export async function cohortVoices(
  ear: Ear,
  clips: readonly TrainClip[],
  width: number,
): Promise<CohortVoice[]> {
  const heard = await mapWithProgress("cohort", clips, width, async (clip) => {
    const { embedding } = await ear({ bytes: await readFile(clip.path) });
    return { ...clip, embedding };
  });
  return [...bySpeaker(heard).values()].flatMap((own) => {
    const embeddings = own.flatMap(({ embedding }) => embedding ?? []);
    if (embeddings.length === 0) return [];
    return [{ speaker: own[0].speaker, corpus: own[0].corpus, voice: normalize(sumOf(embeddings)) }];
  });
}

/** One unit row per voice. [size * D] */
export function rowsOf(voices: readonly CohortVoice[]): Float32Array {
  const dimension = voices[0]?.voice.length ?? 0;
  const rows = new Float32Array(voices.length * dimension);
  for (const [row, { voice }] of voices.entries()) rows.set(voice, row * dimension);
  return rows;
}

/** [D], in float64. */
export function meanOf(voices: readonly CohortVoice[]): number[] {
  return [...sumOf(voices.map(({ voice }) => voice))].map((x) => x / voices.length);
}

function sumOf(vectors: readonly UnitVector[]): Float64Array {
  const sum = new Float64Array(vectors[0].length);
  for (const vector of vectors) for (const [i, x] of vector.entries()) sum[i] += x;
  return sum;
}
