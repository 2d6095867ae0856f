import type { CalibrationId } from "../id.ts";
import { MEASURES, METHODS, USUAL_METHODS } from "../score/scoring/types.ts";
import { AnyBandwidth, AnyBucket, Fraction, MeasuredPoint, MeasuredRate } from "./measures.ts";
import { text, type View, z } from "./zod.ts";

export const TrialKind = z.object({ bucket: AnyBucket, bandwidth: AnyBandwidth });
const Accuracy = z.object({ cllr: z.number().min(0), eer: Fraction });

const CalibrationTable = z
  .object({
    method: z.enum(METHODS),
    ...TrialKind.shape,
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
          "Log-likelihood ratio = slope * score + offset + weighted quality measures, limited to `bounds`, the range " +
          "that the trials support.",
      }),
    points: z.array(
      z.object({
        far: Fraction,
        threshold: z.number(),
        frr: Fraction,
        genuineTrials: z.int(),
        impostorTrials: z.int(),
        measured: MeasuredPoint.optional(),
      }),
    ),
    lacking: z
      .array(
        z.object({
          far: Fraction,
          impostorTrials: z.int(),
          neededTrials: z.int(),
          moreSpeakers: z.int(),
        }),
      )
      .optional()
      .openapi({
        description:
          "False-accept rates that these trials are too few to measure (the rule of 3), and how many more speakers " +
          "it would take.",
      }),
  })
  .openapi("CalibrationTable");

/** A table that comes from a file instead of a fit. */
export const CalibrationTableInFile = CalibrationTable.refine(
  ({ llr }) => llr.slope > 0,
  "`llr.slope` must be positive",
)
  .refine(
    ({ llr: { bounds } }) => !bounds || (bounds.least <= 0 && bounds.most >= 0),
    "`llr.bounds` must contain 0",
  )
  .refine(
    ({ points }) => points.every((point) => point.genuineTrials > 0 && point.impostorTrials > 0),
    "each of `points` must have trials",
  );

const Comparison = z
  .object({
    against: text<CalibrationId>(),
    candidate: Accuracy.extend({ crossValidated: z.boolean() }),
    active: Accuracy.nullable(),
    trials: z.int(),
    decisions: z.object({ looked: z.int(), changed: z.int(), kinds: z.record(z.string(), z.int()) }),
  })
  .openapi("CalibrationComparison", {
    description:
      "A comparison with the calibration that was active when this one was fitted: Cllr (bits) and EER on the same " +
      "trials, and how many of the registry's past decisions would change. If `crossValidated`, the candidate's " +
      "figures are for speakers that it was not fitted on (one half fits, the other half measures).",
  });

const Report = z
  .object({
    origin: z.enum(["registry", "trials"]),
    speakers: z.int(),
    usableSpeakers: z.int(),
    skippedSpeakers: z.int().openapi({ description: "Speakers with fewer than two clips of this model." }),
    genuineTrials: z.int(),
    impostorTrials: z.int(),
    missing: z
      .array(
        TrialKind.extend({
          why: z.enum(["too_few", "not_separated"]),
          genuineTrials: z.int(),
          genuineSpeakers: z.int(),
          moreSpeakers: z.int(),
        }),
      )
      .openapi({
        description: "Kinds of trial without a table of their own. They use a pooled table (`any`).",
      }),
    scoring: z
      .array(Accuracy.extend({ method: z.enum(USUAL_METHODS) }))
      .optional()
      .openapi({
        description:
          "The accuracy of each scoring method on speakers that it was not fitted on. `method` of the calibration is " +
          "the better one.",
      }),
    comparison: Comparison,
  })
  .openapi("CalibrationReport");

const summary = {
  id: text<CalibrationId>({ example: "cal_3v8h0d6n9q2k4m7r1t5w8y0abc" }),
  model: z.string(),
  cohort: z.string(),
  bundled: z.boolean().openapi({ description: "True if it comes with the model." }),
  active: z.boolean(),
  fitsCohort: z.boolean().openapi({
    description:
      "True if it was fitted with the active cohort or scores by plain cosines. Otherwise every decision would be " +
      "`inconclusive` with the reason `not_calibrated`.",
  }),
  createdAt: z.iso.datetime().nullable(),
  defaultFar: Fraction,
  method: z.enum(USUAL_METHODS).optional().openapi({
    description: "How trials are scored when a request doesn't set `scoring`. as-norm if absent.",
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
    tables: z.array(CalibrationTable),
    margin: z
      .object({ llr: z.number(), misidentified: MeasuredRate, ambiguous: Fraction, searched: z.int() })
      .optional(),
  })
  .openapi("Calibration");
export type CalibrationView = View<typeof Calibration>;

export const FittedCalibration = z
  .object({
    calibration: Calibration,
    suspects: z.array(z.tuple([z.string(), z.string()])).openapi({
      description:
        "Pairs of speakers who sound like the same person. Such a pair distorts thresholds at low error rates. Merge " +
        "the two or erase one of them, then fit again.",
    }),
  })
  .openapi("FittedCalibration");
