import { basename } from "node:path";
import type { BundledCalibrations } from "../ports/calibration.ts";
import type { BundledCohorts } from "../ports/cohort.ts";
import type { Embedder } from "../ports/model.ts";
import type { Calibration, Cohort } from "../score/scoring/types.ts";
import { cachedEmbed, type EmbedClip } from "./embedding-cache.ts";
import type { GivenEmbeddings } from "./given-embeddings.ts";

/** What is measured: something that hears, and what its scores are normalized and judged by, where it has that. */
export type System = {
  name: string;
  embedClip: EmbedClip;
  /** Undefined: cosine only. */
  cohort: Cohort | undefined;
  /** Undefined: no Cllr of the likelihood ratios that a service would give. */
  calibration: Calibration | undefined;
};

/**
 * A model as the service runs it.
 *
 * folder  models/<name>
 * cache   where embeddings are kept; undefined: nowhere
 */
export async function systemOf(
  bundle: { embedder: Embedder; cohorts: BundledCohorts; calibrations: BundledCalibrations },
  { folder, cache }: { folder: string; cache?: string | undefined },
): Promise<System> {
  const { name, modelId } = bundle.embedder.model;
  return {
    name,
    embedClip: await cachedEmbed(bundle.embedder, folder, cache),
    cohort: await bundle.cohorts.bundled(modelId),
    calibration: await bundle.calibrations.bundled(modelId),
  };
}

/** Another model of which only the embeddings are known. */
export const systemOfEmbeddings = ({ file, cohort }: GivenEmbeddings): System => ({
  name: basename(file),
  embedClip: () => Promise.reject(new RangeError("no clip is heard")),
  cohort,
  calibration: undefined,
});
