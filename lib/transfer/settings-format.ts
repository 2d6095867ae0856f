import * as z from "zod";
import { BANDWIDTHS } from "../audio/types.ts";
import { MOST_REPLAY_DAYS } from "../domain/registry/replay-settings.ts";
import { PROBE_ACTIONS } from "../ports/registry.ts";
import { CalibrationTableInFile } from "../schema/calibration.ts";
import { Base64, CalibrationName, CohortName, count, ModelName, Sha256, Time, text, Uid } from "./fields.ts";

/* The lines for a registry's settings, cohorts and calibrations; format.ts has the other lines. */
export const RegistryLine = z.strictObject({
  kind: z.literal("registry"),
  name: text(256),
  suspended: z.boolean(),
  settings: z.strictObject({
    enrollSpeechSeconds: z.number().min(0).max(3600),
    far: z.number().gt(0).lt(1).nullable(),
    consentRequired: z.boolean(),
    refuseMultipleSpeakers: z.boolean(),
    keepAudio: z.boolean().optional(),
    speakerDays: z.int().positive().optional(),
    decisionDays: z.int().positive().optional(),
    guessing: z
      .strictObject({
        rejects: count,
        speakerRejects: count,
        misses: count,
        pauseSeconds: z.int().positive(),
        longestPauseSeconds: z.int().positive(),
      })
      .partial()
      .optional(),
    audit: z.enum(["all", "changes"]).optional(),
    replay: z.enum(PROBE_ACTIONS).optional(),
    replayDays: z.int().min(0).max(MOST_REPLAY_DAYS).optional(),
    mixedProbes: z.enum(PROBE_ACTIONS).optional(),
    requestsPerMinute: z.int().positive().nullable(),
  }),
});

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

export type RegistryLine = z.infer<typeof RegistryLine>;
export type CohortLine = z.infer<typeof CohortLine>;
export type CalibrationLine = z.infer<typeof CalibrationLine>;
export type ActiveLine = z.infer<typeof ActiveLine>;
