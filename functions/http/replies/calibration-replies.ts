import { z } from "@hono/zod-openapi";
import { MEASURES, METHODS, USUAL_METHODS } from "../../../lib/score/scoring/types.ts";
import { Decision, Identification, MeasuredPoint, MeasuredRate, Threshold } from "./replies.ts";

const Rate = z.number().min(0).max(1);
const Kind = {
  bucket: z.enum(["1-2s", "2-4s", "4-8s", "8s+", "any"]),
  bandwidth: z.enum(["wide", "telephone", "any"]),
};
const Quality = z.object({ cllr: z.number().min(0), eer: Rate });

const Comparison = z
  .object({
    against: z.string(),
    candidate: Quality.extend({ crossValidated: z.boolean() }),
    active: Quality.nullable(),
    trials: z.int(),
    decisions: z.object({ looked: z.int(), changed: z.int(), kinds: z.record(z.string(), z.int()) }),
  })
  .openapi("CalibrationComparison", {
    description:
      "Beside the calibration that was active when this one was fitted: Cllr (bits) and EER on the same trials, and how " +
      "many of the registry's past decisions would have been made otherwise. The candidate's figures are of speakers that " +
      "it was not fitted on (half fits, half measures) where `crossValidated`.",
  });

const Report = z
  .object({
    origin: z.enum(["registry", "trials"]),
    speakers: z.int(),
    usableSpeakers: z.int(),
    skippedSpeakers: z.int().openapi({ description: "With fewer than two clips of this model." }),
    genuineTrials: z.int(),
    impostorTrials: z.int(),
    missing: z
      .array(
        z.object({
          ...Kind,
          why: z.enum(["too_few", "not_separated"]),
          genuineTrials: z.int(),
          genuineSpeakers: z.int(),
          moreSpeakers: z.int(),
        }),
      )
      .openapi({
        description: "Kinds of trial without a table of their own: a pooled one (`any`) judges them.",
      }),
    scoring: z
      .array(Quality.extend({ method: z.enum(USUAL_METHODS) }))
      .optional()
      .openapi({
        description:
          "Ways of scoring, each on speakers that took no part in fitting; the calibration's `method` is the better.",
      }),
    comparison: Comparison,
  })
  .openapi("CalibrationReport");

const Table = z
  .object({
    method: z.enum(METHODS),
    ...Kind,
    llr: z
      .object({
        slope: z.number(),
        offset: z.number(),
        measures: z
          .array(
            z.object({
              measure: z.enum(MEASURES),
              weight: z.number(),
              from: z.number(),
              to: z.number(),
              typical: z.number(),
            }),
          )
          .optional(),
        bounds: z.object({ least: z.number(), most: z.number() }).optional(),
      })
      .openapi({
        description:
          "Log-likelihood ratio = slope * score + offset + weighted quality measures, held to `bounds`: what the trials carry.",
      }),
    points: z.array(
      z.object({
        far: Rate,
        threshold: z.number(),
        frr: Rate,
        genuineTrials: z.int(),
        impostorTrials: z.int(),
        measured: MeasuredPoint.optional(),
      }),
    ),
    lacking: z
      .array(
        z.object({
          far: Rate,
          impostorTrials: z.int(),
          neededTrials: z.int(),
          moreSpeakers: z.int(),
        }),
      )
      .optional()
      .openapi({
        description: "Rates that too few trials carry (the rule of 3): so many more speakers would.",
      }),
  })
  .openapi("CalibrationTable");

const summary = {
  id: z.string().openapi({ example: "cal_3v8h0d6n9q2k4m7r1t5w8y0abc" }),
  model: z.string(),
  cohort: z.string(),
  bundled: z.boolean().openapi({ description: "Came with the model." }),
  active: z.boolean(),
  fitsCohort: z.boolean().openapi({
    description:
      "Fitted with the cohort that is active, or judges plain cosines; else decisions are `inconclusive: not_calibrated`.",
  }),
  createdAt: z.iso.datetime().nullable(),
  defaultFar: Rate,
  method: z.enum(USUAL_METHODS).optional().openapi({
    description: "How trials are scored where a request names no `scoring`; absent: as-norm.",
  }),
  source: z.string(),
  report: Report.nullable(),
};
const CalibrationSummary = z.object(summary).openapi("CalibrationSummary");
export const CalibrationList = z
  .object({ calibrations: z.array(CalibrationSummary) })
  .openapi("CalibrationList");
export const Calibration = z
  .object({
    ...summary,
    tables: z.array(Table),
    margin: z
      .object({ llr: z.number(), misidentified: MeasuredRate, ambiguous: Rate, searched: z.int() })
      .optional(),
  })
  .openapi("Calibration");
export const Fitted = z
  .object({
    calibration: Calibration,
    suspects: z.array(z.tuple([z.string(), z.string()])).openapi({
      description:
        "Pairs of ids that sound like one person. They spoil thresholds at small rates: merge or erase one, fit again.",
    }),
  })
  .openapi("FittedCalibration");

export const ExplainedDecision = z
  .object({
    decisionId: z.string(),
    operation: z.enum(["verify", "identify", "compare"]),
    at: z.iso.datetime(),
    reply: z.union([Identification, Decision]).openapi({ description: "The answer as it was given." }),
    now: z
      .object({
        sameModel: z.boolean(),
        sameCohort: z.boolean(),
        sameCalibration: z.boolean(),
        again: z.object({ decision: z.string(), threshold: Threshold.nullable() }).nullable().openapi({
          description: "What the same scores would get today; null where they cannot be judged.",
        }),
      })
      .openapi({ description: "What has changed since." }),
  })
  .openapi("ExplainedDecision");
