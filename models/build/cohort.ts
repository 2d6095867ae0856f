import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { readSamples } from "../../lib/audio/read-samples.ts";
import type { EmbedClip } from "../../lib/evaluate/embedding-cache.ts";
import { normalize, type UnitVector } from "../../lib/score/scoring/vector.ts";
import { bySpeaker, type TrainClip } from "./corpus.ts";
import { mapWithProgress } from "./progress.ts";
import { telephoneCall } from "./telephone.ts";
import { wavOf } from "./wav.ts";

/** More clips of one speaker change its mean little; embedding them costs minutes. */
const CLIPS_PER_SPEAKER = 4;
const CROP_SECONDS = [2, 3, 4];
const RATE = 16000;

/**
 * What a speaker's rows are: the mean over its clips; the mean over its clips and a telephone call; each of several short
 * crops a row of its own.
 */
export const VOICES = ["clips", "calls", "crops"] as const;
export type Voices = (typeof VOICES)[number];

/** `perCorpus`: at most so many speakers of each corpus; undefined: all of them. */
export type CohortChoice = { perCorpus: number | undefined; voices: Voices };

export type CohortVoice = { speaker: string; corpus: string; voice: UnitVector };

/**
 * The clips that the cohort is made of: of each corpus the speakers whose names' SHA-256 come first, so that more of a
 * corpus adds speakers and changes none. In order of speaker.
 */
export function cohortClips(clips: readonly TrainClip[], perCorpus: number | undefined): TrainClip[] {
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

/** The rows, speakers in the order of the clips; speakers without speech are left out. */
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

/** One crop of each length: from the middles of as many clips, or, of a single clip, one after the other. */
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

/** As lib/adapters/model/embed-clip.ts does it with a manifest's `mean`. */
export const centered = (voice: UnitVector, mean: readonly number[]): UnitVector =>
  normalize(voice.map((x, i) => x - mean[i]));

const meanVoice = (embeddings: readonly UnitVector[]) => normalize(sumOf(embeddings));

function sumOf(vectors: readonly UnitVector[]): Float64Array {
  const sum = new Float64Array(vectors[0].length);
  for (const vector of vectors) for (const [i, x] of vector.entries()) sum[i] += x;
  return sum;
}
