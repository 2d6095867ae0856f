import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { AppError } from "../../error.ts";

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

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
  normalise: z.enum(["mean", "none"]),
});

/** models/<name>/model.json; docs/model-format.md says what each field is for. */
const ModelManifest = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  description: z.string(),
  file: z.string(),
  sha256: Sha256,
  input: z.string(),
  output: z.string(),
  dimension: z.int().positive(),
  features: Recipe,
  minSpeechSeconds: z.number().positive(),
  /** [dimension] subtracted from the network's output at unit length, then brought to unit length again; absent: nothing. */
  mean: z.array(z.number()).optional(),
  /** The folder beside this one that holds the voice-activity network. */
  vad: z.string(),
  golden: z.strictObject({ file: z.string(), sha256: Sha256, embedding: z.array(z.number()) }),
  cohort: z.strictObject({
    file: z.string(),
    sha256: Sha256,
    size: z.int().positive(),
    topN: z.int().positive(),
    source: z.string(),
  }),
  calibration: z.strictObject({ file: z.string(), sha256: Sha256 }),
  licence: z.string(),
  trainedOn: z.array(z.string()),
  errorRates: z.record(z.string(), z.unknown()),
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

/** Reads a file of a model and refuses one whose sha256 is not the stated one. */
export async function readChecked(path: string, sha256: string): Promise<Buffer> {
  const bytes = await readFile(path);
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (actual !== sha256) throw new Error(`${path} has sha256 ${actual}, its manifest says ${sha256}`);
  return bytes;
}

export const readModelManifest = (folder: string) => readJson(ModelManifest, join(folder, "model.json"));
export const readVadManifest = (folder: string) => readJson(VadManifest, join(folder, "vad.json"));

/** Anything that keeps a model from loading becomes `model-unavailable`; the cause says what. */
export function modelUnavailable(cause: unknown): AppError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new AppError("model-unavailable", `The model could not be loaded: ${why}`, { cause });
}
