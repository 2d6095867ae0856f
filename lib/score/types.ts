import type { CalibrationId, CohortId, ModelId, SpeakerUid } from "../id.ts";

/** How raw cosines become scores. */
export const METHODS = ["cosine", "z-norm", "s-norm", "as-norm"] as const;
export type Method = (typeof METHODS)[number];

/** Mean and population std of a voice's cosines to a cohort. */
export type CohortStats = { mean: number; std: number };

/** A voice against a whole cohort (`all`: Z- and S-Norm) and against its topN nearest (`top`: AS-Norm). */
export type VoiceStats = { all: CohortStats; top: CohortStats };

/** Statistics as they are kept beside a voiceprint: with the cohort, and how many voices had been erased from it. */
export type SpeakerStats = { cohortId: CohortId; erased?: number | undefined; voice: VoiceStats };

/**
 * Impostor voices that scores are normalised by. Immutable, but for voices that are erased from it. rows:
 * [size][dimension] row-major unit vectors.
 */
export type Cohort = {
  id: CohortId;
  modelId: ModelId;
  size: number;
  dimension: number;
  topN: number;
  rows: Float32Array;
  /** [size] whose voice a row is, where it is one of the registry's speakers; each owns one row at most. */
  owners?: readonly (SpeakerUid | undefined)[];
  /** How many voices were erased from it since it was made; absent: none. */
  erased?: number;
};

/** A threshold and what it stands for, as measured. */
export type OperatingPoint = {
  far: number;
  threshold: number;
  frr: number;
  genuineTrials: number;
  impostorTrials: number;
};

/** score -> log-likelihood ratio (natural logarithm): llr = slope * score + offset. */
export type LlrMap = { slope: number; offset: number };

/** Seconds of net speech on the shorter side of a trial: [from, to). */
export type DurationBucket = "1-2s" | "2-4s" | "4-8s" | "8s+";

/** "telephone" where either side of a trial is (lib/audio/quality.ts says how a clip is told). */
export type TrialBandwidth = "wide" | "telephone";

/** What decides which table judges a trial: net speech of the shorter side, and the narrower side's band. */
export type TrialConditions = { seconds: number; bandwidth: TrialBandwidth };

export type CalibrationTable = {
  method: Method;
  /** "any": pooled over durations, used where a bucket had too few trials. */
  bucket: DurationBucket | "any";
  /** "any": pooled over bandwidths, likewise. */
  bandwidth: TrialBandwidth | "any";
  llr: LlrMap;
  /** Ascending FAR; only points that the rule of 3 allows (impostorTrials * far >= 3). */
  points: readonly OperatingPoint[];
};

export type Calibration = {
  id: CalibrationId;
  modelId: ModelId;
  cohortId: CohortId;
  /** Used where a request names none. */
  defaultFar: number;
  /** Where the trials came from, for people. */
  source: string;
  tables: readonly CalibrationTable[];
};
