import type { CalibrationId, CohortId, ModelId, SpeakerUid } from "../../id.ts";
import type { Interval } from "../rates/interval.ts";

/** How raw cosines become scores. */
export const METHODS = ["cosine", "z-norm", "s-norm", "as-norm"] as const;
export type Method = (typeof METHODS)[number];

/** What a calibration may choose between: a gallery ranks by these. */
export const USUAL_METHODS = ["as-norm", "cosine"] as const;
export type UsualMethod = (typeof USUAL_METHODS)[number];

/** Mean and population std of a voice's cosines to a cohort. */
export type CohortStats = { mean: number; std: number };

/** A voice against a whole cohort (`all`: Z- and S-Norm) and against its topN nearest (`top`: AS-Norm). */
export type VoiceStats = { all: CohortStats; top: CohortStats };

/** Statistics as they are kept beside a voiceprint: with the cohort, and how many voices had been erased from it. */
export type SpeakerStats = { cohortId: CohortId; erased?: number | undefined; voice: VoiceStats };

/**
 * Impostor voices that scores are normalized by. Immutable, but for voices that are erased from it. rows:
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

/**
 * A rate as measured, and how sure it is: 95 % intervals by Clopper-Pearson (trials taken as independent), by a bootstrap
 * over speakers (lib/score/rates/bootstrap.ts), and by Clopper-Pearson at the effective number of trials. `low` to `high` holds
 * all three.
 */
export type MeasuredRate = Interval & {
  rate: number;
  trials: number;
  /** Different people on either side of those trials. */
  speakers: number;
  /** So many independent trials would be as sure. */
  effectiveTrials: number;
  clopperPearson: Interval;
  /** Undefined where no draw held a trial. */
  bootstrap?: Interval | undefined;
};

/** A threshold and what it stands for, as measured. */
export type OperatingPoint = {
  far: number;
  threshold: number;
  frr: number;
  genuineTrials: number;
  impostorTrials: number;
  /** Both rates at the threshold itself; undefined in calibrations made before intervals were kept. */
  measured?: { far: MeasuredRate; frr: MeasuredRate } | undefined;
};

/** A false-accept rate that the rule of 3 does not carry: three in expectation would have to be accepted. */
export type LackingPoint = {
  far: number;
  impostorTrials: number;
  neededTrials: number;
  moreSpeakers: number;
};

/** What a likelihood ratio may depend on beside the score (lib/score/scoring/measures.ts). */
export const MEASURES = ["shorter", "longer", "snr"] as const;
export type Measure = (typeof MEASURES)[number];

/** A measure is held to the range it had in the trials of the fit; one that is unknown counts as `typical`. */
export type MeasureTerm = { measure: Measure; weight: number; from: number; to: number; typical: number };

/**
 * Score and measures -> log-likelihood ratio (natural logarithm): slope * score + offset + sum of weight * measure, held to
 * least..most, which its trials carry. Rises with the score: slope > 0.
 */
export type LlrMap = {
  slope: number;
  offset: number;
  measures?: readonly MeasureTerm[] | undefined;
  /** Undefined in calibrations made before bounds were kept: then nothing is held. */
  bounds?: { least: number; most: number } | undefined;
};

/** Seconds of net speech on the shorter side of a trial: [from, to). */
export type DurationBucket = "1-2s" | "2-4s" | "4-8s" | "8s+";

/** "telephone" where either side of a trial is (lib/audio/features/quality.ts says how a clip is told). */
export type TrialBandwidth = "wide" | "telephone";

/** What a trial is like: `seconds` and `bandwidth` decide which table judges it, the rest may move its likelihood ratio. */
export type TrialConditions = {
  /** Net speech of the shorter side. */
  seconds: number;
  /** The narrower side's. */
  bandwidth: TrialBandwidth;
  /** Net speech of the longer side. */
  longerSeconds?: number | undefined;
  /** The lower that is known of the two sides. */
  snrDb?: number | undefined;
};

export type CalibrationTable = {
  method: Method;
  /** "any": pooled over durations, used where a bucket had too few trials. */
  bucket: DurationBucket | "any";
  /** "any": pooled over bandwidths, likewise. */
  bandwidth: TrialBandwidth | "any";
  llr: LlrMap;
  /** Ascending FAR; only points that the rule of 3 allows (impostorTrials * far >= 3). */
  points: readonly OperatingPoint[];
  /** Targets that too few trials carry; undefined in calibrations made before this was kept. */
  lacking?: readonly LackingPoint[] | undefined;
};

/**
 * How much likelier the best candidate of a search must be than the second, in natural-log likelihood ratios, learnt from
 * enrolled clips searched among the registry's other voices (lib/score/fit/margin.ts).
 */
export type Margin = {
  llr: number;
  /** Of enrolled people's clips: named as somebody else with this margin. */
  misidentified: MeasuredRate;
  /** Of the same clips: answered "ambiguous" with this margin. */
  ambiguous: number;
  /** How many voiceprints each was searched among. */
  searched: number;
};

export type Calibration = {
  id: CalibrationId;
  modelId: ModelId;
  cohortId: CohortId;
  /** Used where a request names none. */
  defaultFar: number;
  /** How trials are scored where a request does not say; undefined: AS-Norm. */
  method?: UsualMethod | undefined;
  /** Where the trials came from, for people. */
  source: string;
  tables: readonly CalibrationTable[];
  /** Undefined where it was not learnt: then a fixed one holds. */
  margin?: Margin | undefined;
};
