import * as z from "zod";
import { BANDWIDTHS } from "../audio/types.ts";
import { CalibrationTableInFile } from "../schema/calibration.ts";
import { Base64, CalibrationName, CohortName, count, ModelName, Sha256, Time, text, Uid } from "./fields.ts";

export const CohortLine = z.strictObject({
  kind: z.literal("cohort"),
  id: CohortName,
  model: ModelName,
  name: text(256).nullable(),
  /** sha256 of the content when the cohort was built; `id` is derived from it. */
  sha256Made: Sha256,
  dimension: z.int().positive(),
  topN: z.int().positive(),
  /** How many voices were erased since. */
  erased: count,
  createdAt: Time,
  voices: z.array(
    z.strictObject({
      source: z.enum(["bundled", "clips", "registry"]),
      owner: Uid.nullable(),
      label: text(1024).nullable(),
      language: text(100).nullable(),
      bandwidth: z.enum(BANDWIDTHS).nullable(),
      clips: count.nullable(),
      speechSeconds: z.number().min(0).nullable(),
    }),
  ),
  /** [voices][dimension] float32, little-endian, unit rows. */
  rows: Base64,
});

export const CalibrationLine = z.strictObject({
  kind: z.literal("calibration"),
  createdAt: Time,
  calibration: z.looseObject({
    id: CalibrationName,
    modelId: ModelName,
    cohortId: CohortName,
    defaultFar: z.number().gt(0).lt(1),
    source: text(1000),
    tables: z.array(CalibrationTableInFile),
  }),
  report: z.looseObject({ origin: z.enum(["registry", "trials"]) }),
});

/** The registry's choice for `model`; null means the bundled one. */
export const ActiveLine = z.strictObject({
  kind: z.literal("active"),
  model: ModelName,
  cohort: CohortName.nullable(),
  previousCohort: CohortName.nullable(),
  calibration: CalibrationName.nullable(),
  previousCalibration: CalibrationName.nullable(),
  updatedAt: Time,
});

export type CohortLine = z.infer<typeof CohortLine>;
export type CalibrationLine = z.infer<typeof CalibrationLine>;
export type ActiveLine = z.infer<typeof ActiveLine>;
