import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { FrameChoice } from "../../audio/features/choose-frames.ts";
import type { InputRecipe } from "../../audio/types.ts";
import { AppError } from "../../error.ts";
import type { ModelId } from "../../id.ts";
import type { Model } from "../../ports/model.ts";
import { sha256Of } from "../../sha256.ts";

export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, "must be a SHA-256 digest (64 hexadecimal digits)");
/** A file in the model's own folder: a manifest can't refer to files outside. */
export const FileName = z.string().regex(/^[A-Za-z0-9][\w.-]*$/, "must be a plain file name");
export const ModelName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "must have 1 to 64 characters, only a-z, 0-9 and -");

const Filterbank = z.strictObject({
  /** Absent: log-mel features. */
  kind: z.undefined().optional(),
  sampleRateHz: z.literal(16000),
  windowMs: z.number().positive(),
  shiftMs: z.number().positive(),
  melBins: z.int().min(8).max(256),
  lowHz: z.number().min(0),
  highHz: z.number().max(8000),
  window: z.enum(["povey", "hamming"]),
  preemphasis: z.number().min(0).max(1),
  removeDcOffset: z.boolean(),
  sampleScale: z.number().positive(),
  normalize: z.enum(["mean", "none"]),
});

const Waveform = z.strictObject({
  kind: z.literal("waveform"),
  sampleRateHz: z.literal(16000),
  sampleScale: z.number().positive(),
});

/** models/<name>/model.json; docs/model-format.md documents each field. */
export const ModelManifest = z.strictObject({
  name: ModelName,
  description: z.string(),
  /**
   * Absent: `mdl_` and `sha256`. For models that were added, an ID that also covers their front end
   * (identityOf).
   */
  id: z
    .string()
    .regex(/^mdl_[0-9a-f]{64}$/)
    .optional(),
  file: FileName,
  sha256: Sha256,
  input: z.string(),
  output: z.string(),
  dimension: z.int().positive(),
  features: z.discriminatedUnion("kind", [Waveform, Filterbank]),
  minSpeechSeconds: z.number().positive(),
  /**
   * [dimension] subtracted from the network's normalized output, which is then normalized again;
   * absent: nothing.
   */
  mean: z.array(z.number()).optional(),
  /** Which frames are embedded; absent: USUAL_FRAMES. */
  frames: z
    .strictObject({
      marginSeconds: z.number().min(0).max(10),
      leastDropped: z.number().min(0).max(1),
    })
    .optional(),
  /** The folder next to this one with the voice-activity network; absent: the bundled one. */
  vad: FileName.optional(),
  golden: z.strictObject({ file: FileName, sha256: Sha256, embedding: z.array(z.number()) }),
  /** Absent: scores are raw cosines. */
  cohort: z
    .strictObject({
      file: FileName,
      sha256: Sha256,
      size: z.int().positive(),
      topN: z.int().positive(),
      source: z.string(),
    })
    .optional(),
  /** Absent: nothing was measured, so there are no thresholds. */
  calibration: z.strictObject({ file: FileName, sha256: Sha256 }).optional(),
  /** How embeddings of windows vary, for diarization. Absent: learned from each recording. */
  voiceSpace: z.strictObject({ file: FileName, sha256: Sha256 }).optional(),
  /** Absent: nothing was measured, so clips aren't checked for several speakers. */
  speakersCheck: z.strictObject({ file: FileName, sha256: Sha256 }).optional(),
  license: z.string(),
  trainedOn: z.array(z.string()),
  /** What the licenses of its training speech allow. Absent: unknown. */
  dataUse: z.enum(["commercial", "not stated", "research"]).optional(),
  /** Where the network was published. */
  source: z.string().optional(),
  errorRates: z.record(z.string(), z.unknown()).optional(),
});
export type ModelManifest = z.infer<typeof ModelManifest>;

/**
 * Pauses and edges up to 0.3 s are kept, because training clips contained them. Without them EER on
 * sentences rose from 7.3 to 9.0 % (docs/experiments.md).
 */
export const USUAL_FRAMES: FrameChoice = { marginSeconds: 0.3, leastDropped: 0 };

const VadManifest = z.object({
  sha256: Sha256,
  threshold: z.number().gt(0).lt(1),
  input: z.string(),
  output: z.string(),
  recipe: Filterbank,
});
export type VadManifest = z.infer<typeof VadManifest>;

async function readJson<T>(schema: z.ZodType<T>, path: string): Promise<T> {
  return schema.parse(JSON.parse(await readFile(path, "utf8")));
}

/** Returns one sentence for each fault, with its place. */
export const faultsIn = (error: z.ZodError): string =>
  error.issues.map(({ path, message }) => `${path.join(".") || "the manifest"}: ${message}.`).join(" ");

/** Reads a file of a model. Rejects if its SHA-256 digest isn't the stated one. */
export async function readChecked(path: string, sha256: string): Promise<Buffer> {
  const bytes = await readFile(path);
  const actual = sha256Of(bytes);
  if (actual !== sha256) throw new Error(`${path} has sha256 ${actual}, but its manifest states ${sha256}`);
  return bytes;
}

/** Returns the ID that tells stored vectors of different models apart. */
export const modelIdOf = ({ id, sha256 }: Pick<ModelManifest, "id" | "sha256">): ModelId =>
  id ? (id as ModelId) : `mdl_${sha256}`;

export const modelOf = (manifest: ModelManifest, speakersCheck?: Model["speakersCheck"]): Model => ({
  modelId: modelIdOf(manifest),
  name: manifest.name,
  dimension: manifest.dimension,
  features: manifest.features,
  minSpeechSeconds: manifest.minSpeechSeconds,
  speakersCheck,
});

/**
 * Returns an ID that covers everything that determines an embedding: the network, its input
 * features and the processing of its output. The same network with two front ends is two models,
 * with vectors that can't be compared.
 */
export function identityOf(
  manifest: Pick<ModelManifest, "features" | "mean" | "output" | "sha256">,
): ModelId {
  const { sha256, output, features, mean } = manifest;
  const recipe = Object.entries(features).sort(([a], [b]) => (a < b ? -1 : 1));
  const all = JSON.stringify([sha256, output, recipe, mean ?? null]);
  return `mdl_${createHash("sha256").update(all).digest("hex")}`;
}

/** Whether both recipes give the same raw features: `normalize` only applies afterwards. */
export const sameRecipe = (a: InputRecipe, b: InputRecipe): boolean => rawFields(a) === rawFields(b);

function rawFields(recipe: InputRecipe): string {
  const { normalize: _, ...fields } = { normalize: "none", ...recipe };
  return JSON.stringify(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const BUNDLED_VAD = join(import.meta.dirname, "../../../models/vad");

export const vadFolderOf = (folder: string, { vad }: Pick<ModelManifest, "vad">): string =>
  vad ? join(folder, "..", vad) : BUNDLED_VAD;

export const readModelManifest = (folder: string) => readJson(ModelManifest, join(folder, "model.json"));
export const readVadManifest = (folder: string) => readJson(VadManifest, join(folder, "vad.json"));

/** Wraps any error while loading a model as `model-unavailable`. */
export function modelUnavailable(cause: unknown): AppError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AppError("model-unavailable", `The model couldn't be loaded: ${reason}`, { cause });
}
