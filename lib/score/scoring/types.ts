import type { Bandwidth } from "../../audio/types.ts";
import type { CalibrationId, CohortId, ModelId, SpeakerUid } from "../../id.ts";
import type { Interval } from "../rates/interval.ts";

/** The scoring methods: how a raw cosine becomes a score. */
export const METHODS = ["cosine", "z-norm", "s-norm", "as-norm"] as const;
export type Method = (typeof METHODS)[number];

/** The methods a calibration may choose from: a gallery ranks by these. */
export const USUAL_METHODS = ["as-norm", "cosine"] as const;
export type UsualMethod = (typeof USUAL_METHODS)[number];

/** Mean and population std of a voice's cosines to a cohort. */
export type CohortStats = { mean: number; std: number };

/**
 * Statistics of a voice against a whole cohort (`all`: Z- and S-Norm) and its topN nearest (`top`:
 * AS-Norm).
 */
export type VoiceStats = { all: CohortStats; top: CohortStats };

/**
 * Statistics as stored with a voiceprint: with their cohort, and how many voices had been erased
 * from it by then.
 */
export type SpeakerStats = { cohortId: CohortId; erased?: number | undefined; voice: VoiceStats };

/**
 * The impostor voices that normalize scores. Immutable, except that voices may be erased from it.
 */
export type Cohort = {
  id: CohortId;
  modelId: ModelId;
  size: number;
  dimension: number;
  topN: number;
  /** [size][dimension] row-major unit vectors. */
  rows: Float32Array;
  /**
   * [size] the speaker of the registry whose voice a row is, if any. A speaker owns at most one
   * row.
   */
  owners?: readonly (SpeakerUid | undefined)[];
  /** How many voices were erased since the cohort was made; absent: none. */
  erased?: number;
};

/**
 * A measured rate with three 95 % intervals: Clopper-Pearson (trials taken as independent), a
 * bootstrap over speakers (lib/score/rates/bootstrap.ts), and Clopper-Pearson at the effective
 * number of trials. `low` to `high` spans all three.
 */
export type MeasuredRate = Interval & {
  rate: number;
  trials: number;
  /** Different people on either side of those trials. */
  speakers: number;
  /** The number of independent trials that would give the same certainty. */
  effectiveTrials: number;
  clopperPearson: Interval;
  /** Undefined if no draw contained a trial. */
  bootstrap?: Interval | undefined;
};

/** A threshold and the error rates measured there. */
export type OperatingPoint = {
  far: number;
  threshold: number;
  frr: number;
  genuineTrials: number;
  impostorTrials: number;
  /** The corpus and condition that needs this threshold, if it is the highest of several. */
  setBy?: string | undefined;
  /** Both rates at the threshold; undefined in calibrations made before intervals were stored. */
  measured?: { far: MeasuredRate; frr: MeasuredRate } | undefined;
};

/**
 * A target FAR with too few impostor trials for the rule of 3: fewer than three are expected to be
 * accepted.
 */
export type LackingPoint = {
  far: number;
  impostorTrials: number;
  neededTrials: number;
  moreSpeakers: number;
};

/**
 * What a likelihood ratio may depend on in addition to the score (lib/score/scoring/measures.ts).
 */
export const MEASURES = [
  "shorter",
  "longer",
  "snr",
  "clips",
  "cohortMean",
  "cohortSpread",
  "crossBand",
] as const;
export type Measure = (typeof MEASURES)[number];

/** A measure is clamped to its range in the fitted trials. An unknown one counts as `typical`. */
export type MeasureTerm = { measure: Measure; weight: number; from: number; to: number; typical: number };

/**
 * Maps a score and measures to a natural-log likelihood ratio: slope * score + offset + sum of
 * weight * measure, clamped to least..most, the range that the trials support. Increases with the
 * score: slope > 0.
 */
export type LlrMap = {
  slope: number;
  offset: number;
  measures?: readonly MeasureTerm[] | undefined;
  /** Undefined in calibrations made before bounds were stored: then nothing is clamped. */
  bounds?: { least: number; most: number } | undefined;
};

/** Seconds of net speech on the shorter side of a trial: [from, to). */
export const DURATION_BUCKETS = ["1-2s", "2-4s", "4-8s", "8s+"] as const;
export type DurationBucket = (typeof DURATION_BUCKETS)[number];

/** "telephone" if either side of a trial is (lib/audio/features/quality.ts classifies clips). */
export type TrialBandwidth = Bandwidth;

/**
 * Conditions of a trial: `seconds` and `bandwidth` select the table, the others may change the
 * likelihood ratio.
 */
export type TrialConditions = {
  /** Net speech of the shorter side. */
  seconds: number;
  /** Of the narrower side. */
  bandwidth: TrialBandwidth;
  /** Net speech of the longer side. */
  longerSeconds?: number | undefined;
  /** The lower one of both sides, of those that are known. */
  snrDb?: number | undefined;
  /** Of the voiceprint; 1 for a single clip. */
  enrolledClips?: number | undefined;
  /** Mean and std of the cosines to the nearest cohort voices, averaged over both sides. */
  cohort?: CohortStats | undefined;
  /** Whether one side is telephone speech and the other isn't. */
  crossBand?: boolean | undefined;
};

export type CalibrationTable = {
  method: Method;
  /** "any": pooled over durations, for buckets with too few trials. */
  bucket: DurationBucket | "any";
  /** "any": pooled over bandwidths, for bandwidths with too few trials. */
  bandwidth: TrialBandwidth | "any";
  /** Only for trials with one (true) or two (false) telephone sides; undefined: for both. */
  crossBand?: boolean | undefined;
  llr: LlrMap;
  /**
   * What the thresholds of `points` are compared with. "llr": the log-likelihood ratio with the
   * measures of the trial, before it is limited; undefined: the score.
   */
  thresholdsOn?: "llr" | undefined;
  /** Ascending FAR; only points allowed by the rule of 3 (impostorTrials * far >= 3). */
  points: readonly OperatingPoint[];
  /** Targets with too few trials; undefined in calibrations made before this was stored. */
  lacking?: readonly LackingPoint[] | undefined;
};

/**
 * How much likelier the best candidate of a search must be than the second, as a difference of
 * natural-log likelihood ratios. Learned from enrolled clips searched among the registry's other
 * voices (lib/score/fit/margin.ts).
 */
export type Margin = {
  llr: number;
  /** The rate of enrolled people's clips identified as someone else with this margin. */
  misidentified: MeasuredRate;
  /** The share of the same clips answered "ambiguous" with this margin. */
  ambiguous: number;
  /** The number of voiceprints that each clip was searched among. */
  searched: number;
};

/**
 * The limit of the consistency check, an AS-Norm score, for voiceprints of so many clips. `clips`:
 * exact, except that the largest of a check also holds for more clips.
 */
export type ConsistencyPoint = {
  bandwidth: TrialBandwidth;
  clips: number;
  /** A clip with a lower score is rejected. */
  threshold: number;
  /** `far`: other people's clips that pass; `frr`: the speaker's own clips that are rejected. */
  measured: { far: MeasuredRate; frr: MeasuredRate };
};

/**
 * The check that a clip to enroll sounds like the speaker's other clips. Its limits were set to let
 * `far` of other people's clips pass.
 */
export type ConsistencyCheck = { far: number; points: readonly ConsistencyPoint[] };

export type Calibration = {
  id: CalibrationId;
  modelId: ModelId;
  cohortId: CohortId;
  /** Used if a request names none. */
  defaultFar: number;
  /** The scoring method if a request names none; undefined: AS-Norm. */
  method?: UsualMethod | undefined;
  /** Origin of the trials, for people. */
  source: string;
  tables: readonly CalibrationTable[];
  /** Undefined if it wasn't learned: then a fixed margin applies. */
  margin?: Margin | undefined;
  /** Only a model's own calibration has one (docs/calibration.md). */
  consistency?: ConsistencyCheck | undefined;
};
