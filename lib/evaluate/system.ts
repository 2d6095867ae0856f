import { basename } from "node:path";
import type { BundledCalibrations } from "../ports/calibration.ts";
import type { BundledCohorts } from "../ports/cohort.ts";
import type { Embedder } from "../ports/model.ts";
import type { Calibration, Cohort } from "../score/scoring/types.ts";
import { cachedEmbedFile, type EmbedFile } from "./embedding-cache.ts";
import type { EmbeddingFile } from "./embedding-file.ts";

/** The system under test: what embeds clips, and what normalizes and calibrates their scores. */
export type System = {
  name: string;
  embedFile: EmbedFile;
  /** Without a cohort only cosine is measured. */
  cohort: Cohort | undefined;
  /**
   * Without a calibration there is no Cllr of the likelihood ratios that the service would give.
   */
  calibration: Calibration | undefined;
};

/**
 * Returns a model as the service runs it.
 *
 * folder  models/<name>
 * cache   the folder where embeddings are kept; undefined: nothing is kept
 */
export async function systemOf(
  bundle: { embedder: Embedder; cohorts: BundledCohorts; calibrations: BundledCalibrations },
  { folder, cache }: { folder: string; cache?: string | undefined },
): Promise<System> {
  const { name, modelId } = bundle.embedder.model;
  return {
    name,
    embedFile: await cachedEmbedFile(bundle.embedder, folder, cache),
    cohort: await bundle.cohorts.bundled(modelId),
    calibration: await bundle.calibrations.bundled(modelId),
  };
}

/** Returns a system that has embeddings but no model. Its `embedFile` rejects. */
export const systemOfEmbeddings = ({ file, cohort }: EmbeddingFile): System => ({
  name: basename(file),
  embedFile: () => Promise.reject(new RangeError("a system of embeddings has no model")),
  cohort,
  calibration: undefined,
});
