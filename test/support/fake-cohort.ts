import type { Model } from "../../lib/ports/model.ts";
import { llrBounds } from "../../lib/score/scoring/calibration.ts";
import { scoreBy, voiceStats } from "../../lib/score/scoring/norm.ts";
import { operatingPoints } from "../../lib/score/scoring/operating-points.ts";
import {
  type Calibration,
  type CalibrationTable,
  type Cohort,
  type LlrMap,
  METHODS,
  type OperatingPoint,
  type VoiceStats,
} from "../../lib/score/scoring/types.ts";
import { cosine, type UnitVector } from "../../lib/score/scoring/vector.ts";
import { fakeClip, fakeEmbedder, fakeVoice } from "./fake-embedder.ts";

const COHORT_SIZE = 60;
const VOICES = 100;
const FARS = [0.001, 0.01, 0.05, 0.1];

/** Sixty voices that no test uses. */
export const fakeCohort = remembered((model: Model): Cohort => {
  const voices = Array.from({ length: COHORT_SIZE }, (_, i) => fakeVoice(`cohort-${i}`));
  const rows = new Float32Array(COHORT_SIZE * model.dimension);
  for (const [i, voice] of voices.entries()) rows.set(voice, i * model.dimension);
  const id = `coh_${model.name}` as const;
  return { id, modelId: model.modelId, size: COHORT_SIZE, dimension: model.dimension, topN: 30, rows };
});

/**
 * Measured on a hundred other voices with two takes: 100 genuine and 4,950 impostor trials. The
 * table for 1-2 s has no FAR below 0.01, like a bucket with few trials, and a slightly higher
 * threshold. The telephone table's threshold is slightly higher too.
 */
export const fakeCalibration = remembered((model: Model): Calibration => {
  const cohort = fakeCohort(model);
  const voices = TAKES.map((takes) => takes.map((voice) => ({ voice, stats: statsOf(voice, cohort) })));
  const tables = METHODS.flatMap((method): CalibrationTable[] => {
    type Side = (typeof voices)[number][number];
    const score = (a: Side, b: Side) => scoreBy(method, cosine(a.voice, b.voice), a.stats, b.stats);
    const genuine = voices.map(([a, b]) => score(a, b));
    const impostor = voices.flatMap(([a], i) => voices.slice(i + 1).map(([, b]) => score(a, b)));
    const points = operatingPoints(genuine, impostor, FARS);
    const llr = gaussianLlr(genuine, impostor);
    const some = points
      .filter((point) => point.far >= 0.01)
      .map((point) => ({ ...point, impostorTrials: 300 }));
    return [
      { method, bucket: "1-2s", bandwidth: "any", llr, points: raised(some, 1.1) },
      { method, bucket: "any", bandwidth: "telephone", llr, points: raised(points, 1.05) },
      { method, bucket: "any", bandwidth: "any", llr, points },
    ];
  });
  return {
    id: `cal_${model.name}`,
    modelId: model.modelId,
    cohortId: cohort.id,
    defaultFar: 0.01,
    source: "synthetic voices",
    tables,
  };
});

/** From the fake embedder, so that trials look like those of a registry. */
const TAKES = await Promise.all(
  Array.from({ length: VOICES }, (_, i) =>
    Promise.all([1, 2].map((take) => embeddingOf(`voice=trial-${i} take=${take}`))),
  ),
);

async function embeddingOf(text: string): Promise<UnitVector> {
  const { embedding } = await fakeEmbedder().embed(fakeClip(text));
  if (!embedding) throw new RangeError(text);
  return embedding;
}

function statsOf(voice: UnitVector, cohort: Cohort): VoiceStats {
  const stats = voiceStats(voice, cohort);
  if (!stats) throw new RangeError("the fake cohort is too small");
  return stats;
}

const raised = (points: readonly OperatingPoint[], by: number): OperatingPoint[] =>
  points.map((point) => ({ ...point, threshold: point.threshold * by }));

/** Fits two normal densities of the same variance: their log ratio is linear in the score. */
function gaussianLlr(genuine: readonly number[], impostor: readonly number[]): LlrMap {
  const mean = (xs: readonly number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length;
  const [g, i] = [mean(genuine), mean(impostor)];
  const variance = (xs: readonly number[], at: number) => mean(xs.map((x) => (x - at) ** 2));
  const shared = (variance(genuine, g) + variance(impostor, i)) / 2;
  const bounds = llrBounds(genuine.length, impostor.length);
  return { slope: (g - i) / shared, offset: -(g * g - i * i) / (2 * shared), bounds };
}

function remembered<T>(make: (model: Model) => T): (model: Model) => T {
  const made = new Map<string, T>();
  return (model) => {
    const known = made.get(model.modelId) ?? make(model);
    made.set(model.modelId, known);
    return known;
  };
}
