import type { ClipInput, FeatureRecipe, Quality } from "../audio/types.ts";
import type { ModelId } from "../id.ts";
import type { UnitVector } from "../score/scoring/vector.ts";

/** models/<name>/model.json, parsed; docs/model-format.md describes it. */
export type Model = {
  modelId: ModelId;
  name: string;
  dimension: number;
  features: FeatureRecipe;
  /** Less net speech than this has no embedding, whoever asks. */
  minSpeechSeconds: number;
};

export type ClipEmbedding = {
  quality: Quality;
  /** sha256 of the file's bytes, 64 hexadecimal digits. */
  audioSha256: string;
  /** Undefined with less than `model.minSpeechSeconds` of speech. Centered and unit length. */
  embedding: UnitVector | undefined;
  /** Embeddings of consecutive stretches of about 3 s, where asked for; tells two voices in one clip. */
  parts: readonly UnitVector[];
};

export type EmbedOptions = {
  parts?: boolean;
  /** Embed the whole clip where too little speech was heard: for measuring on lists whose every trial must score. */
  evenWithoutSpeech?: boolean;
};

/** The clip-to-embedding path: decode, detect speech, embed. Off the event loop in a server. */
export type Embedder = {
  readonly model: Model;
  /** Rejects with the `audio-*` slugs of lib/error.ts for bytes that are no sound clip. */
  embed(clip: ClipInput, options?: EmbedOptions): Promise<ClipEmbedding>;
  /** Rejects with `model-unavailable` unless the model reproduces its golden embedding (cosine > 0.9999). */
  check(): Promise<void>;
  close(): Promise<void>;
};
