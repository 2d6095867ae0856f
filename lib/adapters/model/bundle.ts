import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { isWaveform } from "../../audio/features/model-input.ts";
import { clipSeconds } from "../../audio/formats/decode.ts";
import { type ModelId, makeId } from "../../id.ts";
import type { BundledCalibrations } from "../../ports/calibration.ts";
import type { BundledCohorts } from "../../ports/cohort.ts";
import type { Embedder, Model } from "../../ports/model.ts";
import { CalibrationTableInFile, ConsistencyCheck } from "../../schema/calibration.ts";
import { TrialKind } from "../../schema/measures.ts";
import { type Calibration, type Cohort, USUAL_METHODS } from "../../score/scoring/types.ts";
import { BUNDLED_MODEL } from "./bundled-model.ts";
import { threadDiarizer } from "./diarize-thread.ts";
import { loadModel } from "./load.ts";
import {
  type ModelManifest,
  modelIdOf,
  modelOf,
  modelUnavailable,
  readChecked,
  readModelManifest,
  vadFolderOf,
} from "./manifest.ts";
import { flushDenormals } from "./network.ts";
import type { PartFolders } from "./part.ts";
import { type Pool, workerPool } from "./pool.ts";
import { readSpeakersCheck } from "./speakers-check.ts";

export type Bundle = { embedder: Embedder; cohorts: BundledCohorts; calibrations: BundledCalibrations };

/**
 * Opens a model with its cohort and calibration. Without a cohort file the cohort is empty and
 * normalizes nothing. Without a calibration file the calibration has no tables, so there are no
 * thresholds.
 *
 * folder        models/<name>; undefined: the bundled model
 * parts         folders of the installed parts; none by default
 * workers       number of embedding threads; 0: embed in this thread (Lambda, which serves one
 *               request at a time)
 * onDemand      starts the threads with the first clip; errors in loading the model come then
 *
 * Rejects with `model-unavailable`.
 */
export async function openBundle(options: {
  workers: number;
  onDemand?: boolean;
  folder?: string;
  parts?: PartFolders | undefined;
}): Promise<Bundle> {
  const { folder = BUNDLED_MODEL } = options;
  try {
    const manifest = await readModelManifest(folder);
    const modelId = modelIdOf(manifest);
    const cohort = await readCohort(folder, manifest, modelId);
    const calibration = await readCalibration(folder, manifest, modelId, cohort);
    if (isWaveform(manifest.features))
      await flushDenormals(await readFile(join(vadFolderOf(folder, manifest), "vad.onnx")));
    const model = modelOf(manifest, await readSpeakersCheck(folder, manifest));
    const embedder = await openEmbedder(folder, model, options);
    return {
      embedder,
      cohorts: { bundled: async (id) => ofModel(cohort, id) },
      calibrations: { bundled: async (id) => ofModel(calibration, id) },
    };
  } catch (cause) {
    throw modelUnavailable(cause);
  }
}

/** Loads the model in this thread without workers; otherwise each worker loads its own copy. */
async function openEmbedder(
  folder: string,
  model: Model,
  {
    workers,
    onDemand = false,
    parts = {},
  }: { workers: number; onDemand?: boolean; parts?: PartFolders | undefined },
): Promise<Embedder> {
  if (workers > 0)
    return {
      model,
      seconds: clipSeconds,
      diarize: threadDiarizer(folder, parts),
      ...(onDemand ? poolOnDemand(folder, workers, parts) : await workerPool(folder, workers, parts)),
    };
  const loaded = await loadModel(folder, parts);
  return {
    model,
    seconds: clipSeconds,
    embed: loaded.embed,
    cut: loaded.cut,
    hear: loaded.hear,
    diarize: loaded.diarize,
    check: loaded.check,
    close: loaded.release,
  };
}

function poolOnDemand(folder: string, workers: number, parts: PartFolders): Pool {
  let pool: Promise<Pool> | undefined;
  const started = () => {
    pool ??= workerPool(folder, workers, parts).catch((cause) => {
      throw modelUnavailable(cause);
    });
    return pool;
  };
  return {
    embed: async (...call) => (await started()).embed(...call),
    cut: async (...call) => (await started()).cut(...call),
    hear: async (...call) => (await started()).hear(...call),
    check: async () => (await started()).check(),
    close: async () => (await pool?.catch(() => undefined))?.close(),
  };
}

function ofModel<T extends { modelId: ModelId }>(part: T, modelId: ModelId): T {
  if (part.modelId !== modelId) throw new RangeError(`bundled for ${part.modelId}, requested for ${modelId}`);
  return part;
}

const contentId = <P extends string>(prefix: P, bytes: Uint8Array) =>
  makeId(prefix, createHash("sha256").update(bytes).digest().subarray(0, 16));

/** cohort.bin: [size][dimension] float32 little-endian, unit rows. */
async function readCohort(
  folder: string,
  { cohort, dimension }: ModelManifest,
  modelId: ModelId,
): Promise<Cohort> {
  if (!cohort) {
    const id = contentId("coh", new Uint8Array(0));
    return { id, modelId, size: 0, dimension, topN: 1, rows: new Float32Array(0) };
  }
  const bytes = await readChecked(join(folder, cohort.file), cohort.sha256);
  const expected = cohort.size * dimension * 4;
  if (bytes.length !== expected)
    throw new Error(`${cohort.file} has ${bytes.length} bytes instead of ${expected}`);
  const rows = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  return { id: contentId("coh", bytes), modelId, size: cohort.size, dimension, topN: cohort.topN, rows };
}

const CalibrationFile = z.strictObject({
  /** Absent: 1, with thresholds are scores, and AS-Norm is the method. */
  version: z.literal([1, 2]).optional(),
  defaultFar: z.number().min(0).max(1),
  method: z.enum(USUAL_METHODS).optional(),
  source: z.string(),
  /**
   * For people: `missing` lists the kinds of trial without a table, because they had fewer than
   * `minGenuineTrials`.
   */
  minGenuineTrials: z.int().positive().optional(),
  missing: z.array(z.looseObject({ ...TrialKind.shape, genuineTrials: z.int().min(0) })).optional(),
  tables: z.array(CalibrationTableInFile),
  consistency: ConsistencyCheck.optional(),
});

async function readCalibration(
  folder: string,
  { calibration }: ModelManifest,
  modelId: ModelId,
  cohort: Cohort,
): Promise<Calibration> {
  if (!calibration) {
    const id = contentId("cal", new Uint8Array(0));
    return { id, modelId, cohortId: cohort.id, defaultFar: 0.01, source: "nothing was measured", tables: [] };
  }
  const bytes = await readChecked(join(folder, calibration.file), calibration.sha256);
  const content: unknown = JSON.parse(bytes.toString("utf8"));
  const file = CalibrationFile.parse(content);
  // Parsing drops unknown fields of a table. Reject them: this version would decide without them.
  if (!isDeepStrictEqual(file, content)) throw new Error(`${calibration.file} has an unknown field`);
  // Of the values rather than the bytes, so that a change of layout keeps the ID.
  const id = contentId("cal", Buffer.from(`${JSON.stringify(content, undefined, 1)}\n`));
  const { defaultFar, method, source, tables, consistency } = file;
  return { id, modelId, cohortId: cohort.id, defaultFar, method, source, tables, consistency };
}
