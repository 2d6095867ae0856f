import type { Bandwidth } from "../audio/types.ts";
import type { CandidateId, JobId, ModelId, RegistryId, SpeakerId, SpeakerUid } from "../id.ts";
import type { Delivery } from "./webhook.ts";

/** Days after a candidate voice was last heard when it expires, by default. */
export const CANDIDATE_DAYS = 30;

/** start, end: hundredths of a second */
export type HeardPiece = readonly [start: number, end: number];

/** A stranger of one recording: what a candidate voice can be made of. */
export type Stranger = {
  /** Its place among the voices of the recording. */
  voice: number;
  /** [D] Int32 at scale 2^28, embedded from `pieces` together. */
  embedding: Int32Array;
  /** Net speech of the pieces. */
  speechSeconds: number;
  bandwidth: Bandwidth;
  /** At least 1.5 s each, in which nobody else speaks; in order of time. */
  pieces: readonly HeardPiece[];
};

/** A stranger that was added to a candidate voice. */
export type Hearing = Stranger & {
  /** The upload or the file that was diarized. */
  recording: string;
  /** Undefined: diarized on the command line. */
  jobId?: JobId | undefined;
  at: string;
  /** Speakers who were identified as other voices of the recording. */
  others: readonly SpeakerUid[];
};

/** Which voice of which recording. */
export type HeardPlace = Pick<Hearing, "recording" | "voice">;

/** An anonymous voice that was heard in recordings, until somebody names it or it expires. */
export type CandidateVoice = {
  registryId: RegistryId;
  candidateId: CandidateId;
  modelId: ModelId;
  /** [D] exact integers at scale 2^28: the sum of the hearings' embeddings. */
  sum: Float64Array;
  /** Oldest first, one for each recording. */
  hearings: readonly Hearing[];
  /** The speaker whose voice it is, if somebody has named it. */
  speaker?: { speakerId: SpeakerId; uid: SpeakerUid } | undefined;
  /** Candidates and speakers that a person has said it is not. */
  rejected: readonly (CandidateId | SpeakerUid)[];
  /** Hearings that were split off, and where they are now. */
  moved: readonly (HeardPlace & { to: CandidateId })[];
  /** 1 on first write. Each change adds 1. */
  version: number;
  createdAt: string;
  /** When it was last heard. */
  heardAt: string;
  expiresAt: string;
};

/** What remains of a candidate that was merged into another one: jobs may still refer to it. */
export type MergedCandidate = Pick<CandidateVoice, "candidateId" | "expiresAt" | "version"> & {
  into: CandidateId;
};

/** All candidate voices of a registry at one moment. */
export type CandidateVoices = {
  /** Each commit adds 1. */
  version: number;
  candidates: readonly CandidateVoice[];
  /** The jobs whose strangers were added last, so that no job adds them twice. */
  sortedJobs: readonly JobId[];
};

export type CandidateChange = {
  put?: readonly CandidateVoice[];
  merged?: readonly MergedCandidate[];
  removed?: readonly CandidateVoice[];
  sortedJob?: JobId | undefined;
};

export type CandidateStore = {
  /** Every candidate that hasn't expired, in order of creation. Strongly consistent. */
  all(registryId: RegistryId): Promise<CandidateVoices>;
  /** Undefined for an absent or expired one. Strongly consistent. */
  get(registryId: RegistryId, id: CandidateId): Promise<CandidateVoice | MergedCandidate | undefined>;
  /**
   * Writes all of a change or nothing, if no other commit was made since `all` was read. Otherwise
   * rejects with `write-contention`. Durable when it resolves. At most 90 candidates. outgoing:
   * deliveries to put in the same write
   */
  commit(
    registryId: RegistryId,
    read: Pick<CandidateVoices, "sortedJobs" | "version">,
    change: CandidateChange,
    outgoing?: readonly Delivery[],
  ): Promise<void>;
  /**
   * Stores some candidates again that are stored under a former template key. Resolves to false if
   * there are none. Rejects with `write-contention` if another commit was made meanwhile.
   */
  renew(registryId: RegistryId): Promise<boolean>;
};
