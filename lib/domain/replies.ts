/** What the operations answer with; routes pass these through their schemas, the command line prints them. */
import type { Quality } from "../audio/types.ts";
import type { ClipId, DecisionId, JobId, SpeakerId, SpeakerUid, UploadId } from "../id.ts";
import type { Job } from "../ports/job.ts";
import type { Failure } from "../ports/upload.ts";
import type {
  DurationBucket,
  MeasuredRate,
  Method,
  OperatingPoint,
  TrialBandwidth,
} from "../score/scoring/types.ts";

export type SpeakerStatus = "enrolling" | "enrolled" | "opted-out" | "needs-reenrollment";

export type SpeakerView = {
  id: SpeakerId;
  uid: SpeakerUid;
  status: SpeakerStatus;
  name: string | null;
  metadata: Readonly<Record<string, string>>;
  /** How many clips the voiceprint is made of. */
  clips: number;
  speechSeconds: number;
  remainingSpeechSeconds: number;
  /** Mean cosine of the clips to the voiceprint, in [-1, 1]; null with fewer than two clips. */
  cohesion: number | null;
  model: string;
  version: number;
  createdAt: string;
  updatedAt: string;
};

export type QualityView = Omit<Quality, "snrDb"> & { snrDb: number | null };

export type ClipView = {
  id: ClipId;
  quality: QualityView;
  /** "low-quality" | "multiple-speakers-suspected" | "similar-to-other-speaker" | "narrow-band" */
  warnings: readonly string[];
  /** False: it came as an embedding, without its recording. */
  recording: boolean;
  createdAt: string;
};

/** `similarSpeakers`: who else already sounds like this clip, with the raw cosine. */
export type EnrollReply = {
  /** False where the speaker stood before. */
  created: boolean;
  speaker: SpeakerView;
  clips: readonly (ClipView & { similarSpeakers: readonly { id: SpeakerId; cosine: number }[] })[];
};

export type UploadView = {
  id: UploadId;
  /** arrived: it waits to be used, or to be enrolled. failed: `problem` says why. */
  state: "waiting" | "arrived" | "consumed" | "enrolled" | "failed";
  mediaType: string;
  bytes: number;
  sha256: string;
  enroll: { speaker: SpeakerId; channel: number | null } | null;
  /** What it was enrolled as. */
  clips: readonly ClipId[];
  problem: Failure | null;
  createdAt: string;
  expiresAt: string;
  goneAt: string;
};

export type JobResultView = {
  line: number;
  speaker: SpeakerId | null;
  status: "done" | "failed";
  clips: readonly ClipId[];
  problem: Failure | null;
};

export type JobView = Omit<Job, "after" | "jobId" | "total" | "tries" | "version"> & {
  id: JobId;
  total: number | null;
};

export type Reason =
  | "no_speech"
  | "not_enough_speech"
  | "enrollment_short"
  | "low_quality"
  | "above_threshold"
  | "below_threshold"
  | "margin_too_small"
  | "empty_gallery"
  | "not_calibrated";

/** What the trial was like: it decides which table judges it. Net seconds of speech; null: not known. */
export type ConditionsView = {
  /** The shorter side. */
  seconds: number;
  longerSeconds: number | null;
  /** The lower that is known of the two sides. */
  snrDb: number | null;
  /** Telephone where either side is. */
  bandwidth: TrialBandwidth;
};

export type ScoreView = {
  method: Method;
  /** The score that `method` gives: what the threshold is compared with. */
  value: number;
  cosine: number;
  /** Null where the cohort is too small to normalize by: then `normalized` is false and `method` is "cosine". */
  asNorm: number | null;
  /** Natural logarithm of the likelihood ratio same speaker / other speaker; null where nothing was measured. */
  llr: number | null;
  normalized: boolean;
  conditions: ConditionsView;
};

export type ThresholdView = {
  method: Method;
  value: number;
  /** The threshold in AS-Norm units; null for another method. */
  asNorm: number | null;
  far: number;
  frr: number;
  genuineTrials: number;
  impostorTrials: number;
  /** Both rates at this threshold with their intervals; null in calibrations that did not keep them. */
  measured: OperatingPoint["measured"] | null;
  bucket: DurationBucket | "any";
  /** Of the trials that the threshold was measured on; "any": pooled, too few were of this trial's kind. */
  bandwidth: TrialBandwidth | "any";
};

/** Coarse, for callers that may not read scores. */
export type Band = "strong" | "moderate" | "weak" | "none";

export type DecisionReply = {
  decisionId: DecisionId;
  decision: "accept" | "reject" | "inconclusive";
  reasons: readonly Reason[];
  lowEvidence: boolean;
  /** What was asked for, else the registry's or the calibration's default. */
  operatingPoint: { far: number };
  band: Band;
  /** Null where there was no voice to score. */
  score: ScoreView | null;
  threshold: ThresholdView | null;
  /** Null for compare. */
  speaker: SpeakerId | null;
  /** The probe's. */
  quality: QualityView;
  /** The enrolled side's, for compare only; null for verify. */
  qualityA: QualityView | null;
  warnings: readonly string[];
  replaySuspected: boolean;
  spoofCheck: "none";
  model: string;
  cohort: string;
  calibration: string;
};

export type Separation = {
  /** Null with fewer than two candidates. */
  llr: number | null;
  needed: number;
  /** From this registry's own clips; else a fixed one. */
  learnt: boolean;
  misidentified: MeasuredRate | null;
};

export type IdentifyReply = {
  decisionId: DecisionId;
  decision: "match" | "ambiguous" | "unknown" | "inconclusive";
  reasons: readonly Reason[];
  lowEvidence: boolean;
  operatingPoint: { far: number };
  candidates: readonly { speaker: SpeakerId; score: ScoreView; band: Band }[];
  /** Best score minus the second best; null with fewer than two candidates. */
  margin: number | null;
  /** In natural-log likelihood ratios: what the best had over the second, and what it needed not to be ambiguous. */
  separation: Separation | null;
  searched: number;
  /** `far` is the chance that an unknown voice is matched with anyone at all, over `searched` voiceprints. */
  threshold: (ThresholdView & { extrapolated: boolean }) | null;
  quality: QualityView;
  warnings: readonly string[];
  spoofCheck: "none";
  model: string;
  cohort: string;
  calibration: string;
};
