import type { GalleryInfo, GalleryRow } from "../../lib/gallery/file/format.ts";
import { makeId, parseSpeakerId } from "../../lib/id.ts";
import type { Cohort, CohortStats } from "../../lib/score/scoring/types.ts";
import { normalize, type UnitVector } from "../../lib/score/scoring/vector.ts";
import { quantize } from "../../lib/score/search/quantize.ts";

export const DIMENSION = 192;
export const PROBE_STATS = { mean: 0.3, std: 0.05 };
export const INFO: GalleryInfo = {
  modelId: "mdl_bench",
  dimension: DIMENSION,
  cohortId: "coh_bench",
  generation: 0,
  cohortErased: 0,
  normalized: true,
};
/** Only names the statistics, and is large enough to normalize. */
export const COHORT: Cohort = {
  id: INFO.cohortId,
  modelId: INFO.modelId,
  size: 2,
  dimension: DIMENSION,
  topN: 2,
  rows: new Float32Array(2 * DIMENSION),
};

/** Random numbers in [0, 1), the same for the same seed (xorshift32). */
export function randomOf(seed: number): () => number {
  let state = (Math.imul(seed + 1, 0x9e3779b1) | 1) >>> 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state = (state ^ (state << 5)) >>> 0;
    return state / 2 ** 32;
  };
}

/** The nth voice. About 20 directions dominate, as in embeddings, so that near voices exist. */
export function voiceOf(n: number): UnitVector {
  const random = randomOf(n);
  return normalize(
    Float64Array.from({ length: DIMENSION }, (_, i) => (random() + random() - 1) / (1 + i / 20)),
  );
}

/** The nth voice's statistics, rounded to the file's float32. */
export function statsOfVoice(n: number): CohortStats {
  const random = randomOf(n + 3e9);
  return { mean: Math.fround(0.3 + 0.03 * (random() - 0.5)), std: Math.fround(0.05 + 0.01 * random()) };
}

export function rowOfVoice(n: number): GalleryRow {
  const random = randomOf(n + 1e9);
  const speakerId = parseSpeakerId(`speaker-${n}`);
  if (!speakerId) throw new RangeError(`speaker ${n}`);
  const uid = makeId(
    "spk",
    Uint8Array.from({ length: 16 }, () => 256 * random()),
  );
  return { ...quantize(voiceOf(n)), uid, speakerId, ...statsOfVoice(n) };
}

/** The nth clip of one of `voices` enrolled voices: the voice with noise. */
export function probeOf(n: number, voices: number): UnitVector {
  const random = randomOf(n + 2e9);
  const voice = voiceOf(Math.floor(voices * random()));
  return normalize(Float64Array.from(voice, (x, i) => x + (0.12 * (random() - 0.5)) / (1 + i / 40)));
}

/** The score of identify, in float64: AS-Norm of a cosine with the statistics of both sides. */
export const scoreOf = (raw: number, { mean, std }: CohortStats): number =>
  ((raw - mean) / std + (raw - PROBE_STATS.mean) / PROBE_STATS.std) / 2;
