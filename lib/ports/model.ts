import type { ClipInput, Fingerprint, InputRecipe, Piece, Quality, Recording } from "../audio/types.ts";
import type { ModelId } from "../id.ts";
import type { SpeakersCheck } from "../score/scoring/multiple-speakers.ts";
import type { UnitVector } from "../score/scoring/vector.ts";

/** The parsed models/<name>/model.json. docs/model-format.md describes it. */
export type Model = {
  modelId: ModelId;
  name: string;
  dimension: number;
  features: InputRecipe;
  /** A clip with less net speech gets no embedding. */
  minSpeechSeconds: number;
  /** Undefined: nothing was measured for this model, so clips aren't checked. */
  speakersCheck?: SpeakersCheck | undefined;
};

export type ClipEmbedding = {
  quality: Quality;
  /** sha256 of the file's bytes, 64 hexadecimal digits. */
  audioSha256: string;
  /** Centered and of unit length. Undefined with less than `model.minSpeechSeconds` of speech. */
  embedding: UnitVector | undefined;
  fingerprint: Fingerprint;
  /** On request. They show a second voice in a clip. */
  windows: ClipWindows;
  /** On request, if a spoof detector is installed and the clip has enough speech. */
  spoof?: SpoofScore | undefined;
};

/** score: logit for bona fide speech, higher for a live person. model: the detector's name */
export type SpoofScore = { score: number; model: string };

/** Short windows of a clip's speech, in the order of time. */
export type ClipWindows = {
  embeddings: readonly UnitVector[];
  /** The share of a window that no other one contains, 0..1. */
  weight: number;
};

export type EmbedOptions = {
  windows?: boolean;
  spoof?: boolean;
  /**
   * Embeds the whole clip if it has too little speech: evaluation lists need a score for every
   * trial.
   */
  evenWithoutSpeech?: boolean;
};

/** probability: [frames] of speech, 0..1; speech has the threshold or more */
export type HeardFrames = { probability: Float32Array; threshold: number };

/**
 * A voice that was found in a recording. probe: of at most a minute of its speech; pieces: embeds
 * each of its segments of 2 s and more, which can take as long as all the rest
 */
export type FoundVoice = { probe: ClipEmbedding; pieces: () => Promise<readonly ClipEmbedding[]> };

/**
 * Who is who among the found voices, asked once for a recording: for each voice a number of the
 * person, and one for each of its pieces, or none if they are all this person's. The same number is
 * the same person.
 */
export type WhoIsWho = (
  voices: readonly FoundVoice[],
) => Promise<readonly { person: number; pieces: readonly number[] }[]>;

/**
 * What may be kept of a voice: its longest pieces of at least 1.5 s in which it speaks alone, up to
 * a minute. Undefined if they last less than 5 s together. start, end: seconds
 */
export type LastingVoice = {
  probe: ClipEmbedding;
  pieces: readonly { start: number; end: number }[];
};

/** Who speaks when, without names. */
export type DiarizedRecording = {
  /** Of the recording. */
  seconds: number;
  /**
   * In order of appearance. probe: embedded from at most a minute of the voice's speech.
   * speechSeconds: all its speech. lasting: on request, see `LastingVoice`
   */
  voices: readonly { probe: ClipEmbedding; speechSeconds: number; lasting?: LastingVoice | undefined }[];
  /** In order of time, seconds. They overlap where two speak at once. voice: place in `voices` */
  segments: readonly { start: number; end: number; voice: number }[];
};

/** Turns a clip into an embedding: decodes it, detects speech, runs the model. */
export type Embedder = {
  readonly model: Model;
  /** Rejects with an `audio-*` slug of lib/error.ts if the bytes are not a valid clip. */
  embed(clip: ClipInput, options?: EmbedOptions): Promise<ClipEmbedding>;
  /**
   * A part of a recording as a clip of its own: a WAV file of 16 bits at 16 kHz, mono, without the
   * rest. Without a piece: the whole recording, which then must not be longer than a clip.
   * Embedding it again gives the same embedding.
   *
   * Rejects as `embed` does, with `segment-out-of-range`, with `audio-too-long` if finding the part
   * takes more than 15 s of processor time, and with `deadline-exceeded` if it takes 25 s.
   */
  cut(recording: Recording, piece?: Piece): Promise<ClipInput>;
  /**
   * Finds the voices of a recording and when each of them speaks. `onProgress`: whole seconds of
   * audio that are done, and of all; called at least once. Rejects with an `audio-*` slug, with the
   * signal's reason, and with what `onProgress` or `whoIsWho` throws.
   */
  diarize(
    recording: Recording,
    options?: {
      signal?: AbortSignal | undefined;
      onProgress?: ((done: number, total: number) => Promise<void> | void) | undefined;
      whoIsWho?: WhoIsWho | undefined;
      /** Whether the voices get `lasting`. */
      lasting?: boolean | undefined;
    },
  ): Promise<DiarizedRecording>;
  /**
   * The probability of speech of each frame of 10 ms, for a stream that is heard in pieces.
   *
   * samples  16 kHz mono, full scale at 1
   */
  hear(samples: Float32Array): Promise<HeardFrames>;
  /**
   * The clip's length in seconds as its file states it, without decoding it; a clip that was made
   * to mislead can be longer. Rejects with the `audio-*` problems that the file's headers show.
   */
  seconds(clip: ClipInput): Promise<number>;
  /**
   * Rejects with `model-unavailable` unless the model reproduces its golden embedding: cosine >
   * 0.9999.
   */
  check(): Promise<void>;
  close(): Promise<void>;
};
