import * as z from "zod";
import { BANDWIDTHS, type Quality } from "../audio/types.ts";
import { ENROLL_CLIP_SECONDS, type EnrollClip } from "../domain/enrollment/clips.ts";
import type { EnrollDetails } from "../domain/enrollment/records.ts";
import { warningsOf } from "../domain/scoring/probe-quality.ts";
import { AppError } from "../error.ts";
import { parseSpeakerId, type SpeakerId } from "../id.ts";
import type { Model } from "../ports/model.ts";
import { decodeFloat32, encodeFloat32 } from "../score/scoring/codec.ts";
import { normalize, type UnitVector } from "../score/scoring/vector.ts";
import { sha256Of } from "../sha256.ts";
import { fromBase64 } from "./bytes.ts";

/** [D] numbers, or base64 of float32, little-endian; any vector length above 0. */
export const EMBEDDING = z.union([z.array(z.number()).max(10_000), z.string().max(100_000)]);

/** One clip per line, written by any program, without a seal. */
const EmbeddingLine = z.strictObject({
  kind: z.literal("embedding"),
  speaker: z.string(),
  /** The model's id, the sha256 in it, or its name. */
  model: z.string().max(100),
  embedding: EMBEDDING,
  speechSeconds: z.number().min(ENROLL_CLIP_SECONDS).max(3600),
  bandwidth: z.enum(BANDWIDTHS).default("wide"),
  name: z.string().min(1).max(256).optional(),
  consent: z.string().min(1).max(256).optional(),
});

type EmbeddingClip = { speakerId: SpeakerId; clip: EnrollClip; details: EnrollDetails };

/**
 * The clip and the speaker that a line describes.
 *
 * throws AppError with a message that the caller prefixes with "Line 7: "
 */
export function embeddingClip(text: string, model: Model): EmbeddingClip {
  const parsed = EmbeddingLine.safeParse(jsonOf(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue?.path.map(String).join(".") || "the line";
    throw new AppError("validation-failed", `${field}: ${issue?.message ?? "is invalid"}.`);
  }
  const { speaker, model: named, embedding, speechSeconds, bandwidth, name, consent } = parsed.data;
  const speakerId = parseSpeakerId(speaker);
  if (!speakerId) throw new AppError("validation-failed", `${JSON.stringify(speaker)} is not a speaker ID.`);
  if (![model.modelId, model.modelId.replace(/^mdl_/, ""), model.name].includes(named))
    throw new AppError(
      "model-mismatch",
      `the embedding was made by ${named}; this service runs ${model.name} (${model.modelId}). ` +
        "Compute the embedding with that model.",
    );
  const voice = vectorOf(embedding, model.dimension);
  const quality = unmeasuredQuality(speechSeconds, bandwidth);
  const audioSha256 = sha256Of(encodeFloat32(voice));
  const warnings = warningsOf(quality);
  const clip = { input: { bytes: new Uint8Array() }, quality, audioSha256, embedding: voice, warnings };
  return { speakerId, clip, details: { name, consent } };
}

/** The quality of a clip without a recording: what its line states, and no measurements. */
export const unmeasuredQuality = (speechSeconds: number, bandwidth: Quality["bandwidth"]): Quality => ({
  totalSeconds: speechSeconds,
  speechSeconds,
  levelDb: undefined,
  snrDb: undefined,
  clippedFraction: 0,
  bandwidth,
});

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new AppError("validation-failed", "the line is not JSON.");
  }
}

/**
 * Parses and normalizes an embedding.
 *
 * dimension  how many values it must have; undefined: any number
 * throws     `validation-failed`
 */
export function vectorOf(embedding: string | readonly number[], dimension: number | undefined): UnitVector {
  const values = typeof embedding === "string" ? float32Of(embedding) : Float32Array.from(embedding);
  if (dimension !== undefined && values.length !== dimension)
    throw new AppError("validation-failed", `embedding has ${values.length} values, not ${dimension}.`);
  try {
    return normalize(values);
  } catch {
    throw new AppError("validation-failed", "embedding is all zeros or has values that are not finite.");
  }
}

function float32Of(base64: string): Float32Array {
  const bytes = fromBase64(base64);
  if (!bytes || bytes.length % 4 > 0)
    throw new AppError("validation-failed", "embedding is not base64 of float32 values.");
  return decodeFloat32(bytes);
}
