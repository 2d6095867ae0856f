import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { AppError } from "../../error.ts";
import type { ModelId } from "../../id.ts";
import type { Model } from "../../ports/model.ts";
import { sha256Of } from "../../sha256.ts";

export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, "is no sha256 (64 hexadecimal digits)");
/** In the model's own folder: nothing in a manifest leads out of it. */
const FileName = z.string().regex(/^[A-Za-z0-9][\w.-]*$/, "is no plain file name");
export const ModelName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "has other signs than a-z, 0-9 and -, or more than 64");

const Recipe = z.strictObject({
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

/** models/<name>/model.json; docs/model-format.md says what each field is for. */
export const ModelManifest = z.strictObject({
  name: ModelName,
  description: z.string(),
  /** Absent: `mdl_` and `sha256`. Models that were added have one that covers their front end too (identityOf). */
  id: z
    .string()
    .regex(/^mdl_[0-9a-f]{64}$/)
    .optional(),
  file: FileName,
  sha256: Sha256,
  input: z.string(),
  output: z.string(),
  dimension: z.int().positive(),
  features: Recipe,
  minSpeechSeconds: z.number().positive(),
  /** [dimension] subtracted from the network's output at unit length, then brought to unit length again; absent: nothing. */
  mean: z.array(z.number()).optional(),
  /** The folder beside this one that holds the voice-activity network; absent: the bundled one. */
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
  license: z.string(),
  trainedOn: z.array(z.string()),
  /** Where the network was published. */
  source: z.string().optional(),
  errorRates: z.record(z.string(), z.unknown()).optional(),
});
export type ModelManifest = z.infer<typeof ModelManifest>;

const VadManifest = z.object({
  sha256: Sha256,
  threshold: z.number().gt(0).lt(1),
  input: z.string(),
  output: z.string(),
  recipe: Recipe,
});
export type VadManifest = z.infer<typeof VadManifest>;

async function readJson<T>(schema: z.ZodType<T>, path: string): Promise<T> {
  return schema.parse(JSON.parse(await readFile(path, "utf8")));
}

/** One sentence a fault, with where it is. */
export const faultsIn = (error: z.ZodError): string =>
  error.issues.map(({ path, message }) => `${path.join(".") || "the whole"}: ${message}.`).join(" ");

/** Reads a file of a model and refuses one whose sha256 is not the stated one. */
export async function readChecked(path: string, sha256: string): Promise<Buffer> {
  const bytes = await readFile(path);
  const actual = sha256Of(bytes);
  if (actual !== sha256) throw new Error(`${path} has sha256 ${actual}, its manifest says ${sha256}`);
  return bytes;
}

/** What stored vectors are told apart by. */
export const modelIdOf = ({ id, sha256 }: Pick<ModelManifest, "id" | "sha256">): ModelId =>
  id ? (id as ModelId) : `mdl_${sha256}`;

export const modelOf = (manifest: ModelManifest): Model => ({
  modelId: modelIdOf(manifest),
  name: manifest.name,
  dimension: manifest.dimension,
  features: manifest.features,
  minSpeechSeconds: manifest.minSpeechSeconds,
});

/**
 * An id for all that makes an embedding: the network, what it is fed and what is done to its output. The same network with
 * two front ends is two models, whose vectors must not meet.
 */
export function identityOf(
  manifest: Pick<ModelManifest, "features" | "mean" | "output" | "sha256">,
): ModelId {
  const { sha256, output, features, mean } = manifest;
  const recipe = Object.entries(features).sort(([a], [b]) => (a < b ? -1 : 1));
  const all = JSON.stringify([sha256, output, recipe, mean ?? null]);
  return `mdl_${createHash("sha256").update(all).digest("hex")}`;
}

const BUNDLED_VAD = join(import.meta.dirname, "../../../models/vad");

export const vadFolderOf = (folder: string, { vad }: Pick<ModelManifest, "vad">): string =>
  vad ? join(folder, "..", vad) : BUNDLED_VAD;

export const readModelManifest = (folder: string) => readJson(ModelManifest, join(folder, "model.json"));
export const readVadManifest = (folder: string) => readJson(VadManifest, join(folder, "vad.json"));

/** Anything that keeps a model from loading becomes `model-unavailable`; the cause says what. */
export function modelUnavailable(cause: unknown): AppError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new AppError("model-unavailable", `The model could not be loaded: ${why}`, { cause });
}
