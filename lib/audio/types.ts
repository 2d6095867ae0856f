import type { SpeakerUid } from "../id.ts";

/** Audio that is decoded while it is read, so that no clip is in memory at its full rate. */
export type Pcm = {
  sampleRateHz: number;
  channels: number;
  /**
   * One Float32Array per channel, all of the same length, samples in [-1, 1]. A block is valid
   * until the next one is requested. Can be iterated once. Throws the errors of the decoder.
   */
  blocks: Iterable<readonly Float32Array[]>;
  /**
   * Like `blocks`, from a later sample on, without decoding what comes before. Absent if the format
   * must be decoded from its start.
   */
  blocksFrom?: ((frame: number) => Iterable<readonly Float32Array[]>) | undefined;
};

/** A clip as received: the file's bytes and what the sender says about them. */
export type ClipInput = {
  bytes: Uint8Array;
  /** As in Content-Type, without parameters, e.g. "audio/wav". Undefined: not checked. */
  mediaType?: string | undefined;
  /** 0-based. Undefined: the clip must be mono, or its two channels equal. */
  channel?: number | undefined;
  /** The speaker that the clip is enrolled for, if it was read from the store by its ID. */
  enrolledFor?: SpeakerUid | undefined;
};

/** A recording that may be too long for a clip, in memory or in a file on the local disk. */
export type Recording = ({ bytes: Uint8Array } | { path: string }) & Pick<ClipInput, "mediaType" | "channel">;

/**
 * A part of a recording, in seconds.
 *
 * - segment: from `start` on until before `end`; 0 <= start < end
 * - firstSpeechSeconds: from the first speech on until that much net speech, or the longest clip
 */
export type Piece = { segment: { start: number; end: number } } | { firstSpeechSeconds: number };

export const BANDWIDTHS = ["wide", "telephone"] as const;
export type Bandwidth = (typeof BANDWIDTHS)[number];

/** Properties of a recording; part of every reply about a clip. */
export type Quality = {
  totalSeconds: number;
  /** Net speech, after voice-activity detection. */
  speechSeconds: number;
  /**
   * Active speech level (ITU-T P.56), dB relative to full scale, to 0.01 dB. Undefined without
   * speech, and for clips that were stored before it was measured.
   */
  levelDb: number | undefined;
  /** Speech level over background level, dB; undefined if the clip has no background to measure. */
  snrDb: number | undefined;
  /** Fraction of samples at full scale in runs of two or more, 0..1. */
  clippedFraction: number;
  bandwidth: Bandwidth;
};

/** Log-mel frames, row-major [frames][bins]. */
export type Features = { frames: number; bins: number; data: Float32Array };

/** Log-mel frames with the power [frames][bins] that `data` is the natural logarithm of. */
export type MelFeatures = Features & { power: Float32Array };

/**
 * One code of 16 bits per frame of 10 ms, by which copies of a recording are recognized.
 *
 * bits  [frames]
 * sure  [frames] 1 for each bit that noise doesn't change
 */
export type Fingerprint = { bits: Uint16Array; sure: Uint16Array };

/**
 * How to compute a model's features; part of model.json. Named as in Kaldi (feat/feature-fbank.h).
 */
export type FeatureRecipe = {
  sampleRateHz: number;
  windowMs: number;
  shiftMs: number;
  melBins: number;
  lowHz: number;
  highHz: number;
  window: "povey" | "hamming";
  preemphasis: number;
  removeDcOffset: boolean;
  /**
   * Samples in [-1, 1] are multiplied by this before the analysis: 32768 for Kaldi's convention.
   */
  sampleScale: number;
  /** Subtract each bin's mean over the frames that are embedded. */
  normalize: "mean" | "none";
};

/** A network that takes the samples themselves. */
export type WaveformRecipe = {
  kind: "waveform";
  sampleRateHz: number;
  /** Samples in [-1, 1] are multiplied by this. */
  sampleScale: number;
};

/** What a speaker network takes. */
export type InputRecipe = FeatureRecipe | WaveformRecipe;
