import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { readSamples } from "../../lib/audio/read-samples.ts";
import type { EmbedClip } from "../../lib/evaluate/embedding-cache.ts";
import { normalize, type UnitVector } from "../../lib/score/scoring/vector.ts";
import { bySpeaker, type TrainClip } from "./corpus.ts";
import { mapWithProgress } from "./progress.ts";
import { telephoneCall } from "./telephone.ts";
import { wavOf } from "./wav.ts";

/** More clips of one speaker would hardly change its mean, and embedding them takes minutes. */
const CLIPS_PER_SPEAKER = 4;
const CROP_SECONDS = [2, 3, 4];
const RATE = 16000;

/**
 * How a speaker's rows are made: the mean over its clips; the mean over its clips and a telephone
 * call; or one row for each of several short crops.
 */
export const VOICES = ["clips", "calls", "crops"] as const;
export type Voices = (typeof VOICES)[number];

/** `perCorpus`: the largest number of speakers per corpus; undefined: all. */
export type CohortChoice = { perCorpus: number | undefined; voices: Voices };

export type CohortVoice = { speaker: string; corpus: string; voice: UnitVector };

/**
 * Returns the clips of the cohort. Each corpus gives the speakers with the lowest SHA-256 of their
 * names, so that a larger cohort contains the smaller one. Sorted by speaker.
 */
export function cohortClips(clips: readonly TrainClip[], perCorpus: number | undefined): TrainClip[] {
  const groups = [...bySpeaker(clips).values()].sort((a, b) => (rank(a[0]) < rank(b[0]) ? -1 : 1));
  const counts = new Map<string, number>();
  const chosen = groups.filter(([{ corpus }]) => {
    const before = counts.get(corpus) ?? 0;
    counts.set(corpus, before + 1);
    return perCorpus === undefined || before < perCorpus;
  });
  return chosen
    .sort(([a], [b]) => (a.speaker < b.speaker ? -1 : 1))
    .flatMap((own) => own.slice(0, CLIPS_PER_SPEAKER));
}

const rank = ({ speaker }: TrainClip) => createHash("sha256").update(speaker).digest("hex");

/** Returns the rows in the order of the clips' speakers, without speakers that have no speech. */
export async function cohortVoices(
  embedClip: EmbedClip,
  clips: readonly TrainClip[],
  voices: Voices,
  width: number,
): Promise<CohortVoice[]> {
  const groups = [...bySpeaker(clips).values()];
  const embedded = await mapWithProgress(`cohort of ${voices}`, groups, width, async (own) => {
    const embeddings = await embedAll(embedClip, await recordings(own, voices));
    const rows = voices === "crops" ? embeddings : embeddings.length > 0 ? [meanVoice(embeddings)] : [];
    return rows.map((voice) => ({ speaker: own[0].speaker, corpus: own[0].corpus, voice }));
  });
  return embedded.flat();
}

async function recordings(clips: readonly TrainClip[], voices: Voices): Promise<Uint8Array[]> {
  const files: Uint8Array[] = await Promise.all(clips.map(({ path }) => readFile(path)));
  if (voices === "clips") return files;
  const [first] = clips;
  const samples = await Promise.all(files.map(async (bytes) => (await readSamples({ bytes })).samples));
  if (voices === "calls") return [...files, await telephoneCall(samples[0], `cohort ${first.speaker}`)];
  return cropsOf(samples).map(wavOf);
}

/**
 * Returns one crop of each length: from the middle of different clips or, for a single clip, one
 * after another.
 */
function cropsOf(clips: readonly Float32Array[]): Float32Array[] {
  let at = 0;
  return CROP_SECONDS.flatMap((seconds, i) => {
    const samples = clips[i % clips.length];
    const length = seconds * RATE;
    const start = clips.length > 1 ? Math.max(0, (samples.length - length) >> 1) : at;
    at += length;
    const crop = samples.subarray(start, start + length);
    return crop.length > RATE ? [crop] : [];
  });
}

async function embedAll(embedClip: EmbedClip, files: readonly Uint8Array[]): Promise<UnitVector[]> {
  const embeddings: UnitVector[] = [];
  for (const bytes of files) {
    const { embedding } = await embedClip({ bytes });
    if (embedding) embeddings.push(embedding);
  }
  return embeddings;
}

/** [size * D] one unit row per voice. */
export function rowsOf(voices: readonly CohortVoice[]): Float32Array {
  const dimension = voices[0]?.voice.length ?? 0;
  const rows = new Float32Array(voices.length * dimension);
  for (const [row, { voice }] of voices.entries()) rows.set(voice, row * dimension);
  return rows;
}

/** Returns the mean [D], in float64. */
export function meanOf(voices: readonly CohortVoice[]): number[] {
  return [...sumOf(voices.map(({ voice }) => voice))].map((x) => x / voices.length);
}

/** Subtracts a mean like lib/adapters/model/embed-clip.ts does for a manifest's `mean`. */
export const centered = (voice: UnitVector, mean: readonly number[]): UnitVector =>
  normalize(voice.map((x, i) => x - mean[i]));

const meanVoice = (embeddings: readonly UnitVector[]) => normalize(sumOf(embeddings));

function sumOf(vectors: readonly UnitVector[]): Float64Array {
  const sum = new Float64Array(vectors[0].length);
  for (const vector of vectors) for (const [i, x] of vector.entries()) sum[i] += x;
  return sum;
}
