import type { CandidateId, DecisionId, SpeakerId } from "../id.ts";
import type { IdentifyReply, Reason } from "../schema/decision.ts";
import type { Band, OpenSetThresholdView, ScoreView } from "../schema/score.ts";

/** One voice of a recording, and the decision who it is. */
export type IdentifiedVoice = {
  /** Set for a match. Two voices of a recording can be of one speaker. */
  speakerId?: SpeakerId | undefined;
  /** The candidate voice that keeps a stranger, as it was when the recording was diarized. */
  candidateId?: CandidateId | undefined;
  decisionId: DecisionId;
  decision: IdentifyReply["decision"];
  reasons: readonly Reason[];
  /** How long it speaks, and the net speech that the decision is based on. */
  speechSeconds: number;
  heardSeconds: number;
  band: Band;
  score: ScoreView | null;
  threshold: OpenSetThresholdView | null;
};

/** Who speaks when, as it is stored. The names are only in `voices`. */
export type StoredDiarization = {
  /** The upload or the file. Undefined: its strangers weren't kept. */
  recording?: string | undefined;
  /** Of the recording. */
  seconds: number;
  /** The false-accept rate of the decisions. */
  far: number;
  /** In order of appearance. */
  voices: readonly IdentifiedVoice[];
  /** In order of time; start and end in hundredths of a second, voice: place in `voices`. */
  segments: readonly (readonly [start: number, end: number, voice: number])[];
};
