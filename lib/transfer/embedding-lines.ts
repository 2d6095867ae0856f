import * as z from "zod";
import type { Quality } from "../audio/types.ts";
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

/** [D] numbers, or base64 of float32, little-endian; of any length above 0. */
export const EMBEDDING = z.union([z.array(z.number()).max(10_000), z.string().max(100_000)]);

/** What somebody else's program may write, a clip a line; it has no seal. */
export const EmbeddingLine = z.strictObject({
  kind: z.literal("embedding"),
  speaker: z.string(),
  /** The model's id, the sha256 in it, or its name. */
  model: z.string().max(100),
  embedding: EMBEDDING,
  speechSeconds: z.number().min(ENROLL_CLIP_SECONDS).max(3600),
  bandwidth: z.enum(["wide", "telephone"]).default("wide"),
  name: z.string().min(1).max(256).optional(),
  consent: z.string().min(1).max(256).optional(),
});

export type EmbeddingClip = { speakerId: SpeakerId; clip: EnrollClip; details: EnrollDetails };

/** Throws AppError whose message goes on from "Line 7: ". */
export function embeddingClip(text: string, model: Model): EmbeddingClip {
  const parsed = EmbeddingLine.safeParse(jsonOf(text));
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues;
    throw new AppError("validation-failed", `${path.map(String).join(".") || "the line"}: ${message}.`);
  }
  const { speaker, model: named, embedding, speechSeconds, bandwidth, name, consent } = parsed.data;
  const speakerId = parseSpeakerId(speaker);
  if (!speakerId) throw new AppError("validation-failed", `${JSON.stringify(speaker)} is no speaker's id.`);
  if (![model.modelId, model.modelId.replace(/^mdl_/, ""), model.name].includes(named))
    throw new AppError(
      "model-mismatch",
      `the embedding was made by ${named}; this service runs ${model.name} (${model.modelId}). Embed with that model.`,
    );
  const voice = vectorOf(embedding, model.dimension);
  const quality = statedQuality(speechSeconds, bandwidth);
  const audioSha256 = sha256Of(encodeFloat32(voice));
  const warnings = warningsOf(quality);
  const clip = { input: { bytes: new Uint8Array() }, quality, audioSha256, embedding: voice, warnings };
  return { speakerId, clip, details: { name, consent } };
}

/** Of a clip that nobody here has heard: what was said of it. */
export const statedQuality = (speechSeconds: number, bandwidth: Quality["bandwidth"]): Quality => ({
  totalSeconds: speechSeconds,
  speechSeconds,
  snrDb: undefined,
  clippedFraction: 0,
  bandwidth,
});

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new AppError("validation-failed", "is no JSON object.");
  }
}

/** `dimension`: undefined: whatever it has. Throws `validation-failed`. */
export function vectorOf(given: string | readonly number[], dimension: number | undefined): UnitVector {
  const bytes = typeof given === "string" ? fromBase64(given) : undefined;
  if (typeof given === "string" && (!bytes || bytes.length % 4 > 0))
    throw new AppError("validation-failed", "embedding is no base64 of float32 values.");
  const values = bytes ? decodeFloat32(bytes) : Float32Array.from(given as readonly number[]);
  if (dimension !== undefined && values.length !== dimension)
    throw new AppError("validation-failed", `embedding has ${values.length} values, not ${dimension}.`);
  try {
    return normalize(values);
  } catch {
    throw new AppError("validation-failed", "embedding has values that are not finite, or no length.");
  }
}
