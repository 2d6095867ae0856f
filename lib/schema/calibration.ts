import type { CalibrationId, SpeakerId } from "../id.ts";
import { MEASURES, METHODS, USUAL_METHODS } from "../score/scoring/types.ts";
import { CalibrationReport } from "./calibration-report.ts";
import { Bandwidth, Fraction, MeasuredPoint, MeasuredRate, ScoreNumber, TrialKind } from "./measures.ts";
import { orNull, text, type View, z } from "./zod.ts";

const CalibrationTable = z
  .object({
    method: z.enum(METHODS),
    ...TrialKind.shape,
    crossBand: z.boolean().optional().openapi({
      description: "If present, the table is only for trials with one (true) or two (false) telephone sides.",
    }),
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
    thresholdsOn: z
      .literal("llr")
      .optional()
      .openapi({
        description:
          "If present, thresholds are log-likelihood ratios before they are limited. The threshold of a decision is " +
          "the score that has this ratio under the conditions of its trial.",
      }),
    points: z.array(
      z.object({
        far: Fraction,
        threshold: z.number(),
        frr: Fraction,
        genuineTrials: z.int(),
        impostorTrials: z.int(),
        setBy: z.string().optional().openapi({
          description: "The corpus and condition that needs this threshold, if it is the highest of several.",
        }),
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

/** The limits of the check that a clip to enroll sounds like the speaker's other clips. */
export const ConsistencyCheck = z
  .object({
    far: Fraction,
    points: z.array(
      z.object({
        bandwidth: Bandwidth,
        clips: z.int().positive(),
        threshold: z.number(),
        measured: MeasuredPoint,
      }),
    ),
  })
  .openapi("ConsistencyCheck", {
    description:
      "The limits of the check that a clip to enroll sounds like the speaker's other clips: AS-Norm scores, by " +
      "the number of those clips. `measured.far` is the share of other people's clips that pass, `measured.frr` the " +
      "share of the speaker's own clips that are rejected.",
  });

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
  report: orNull(CalibrationReport),
};
export const CalibrationSummary = z.object(summary).openapi("CalibrationSummary");

const Labeled = z
  .object({
    genuine: z.int().openapi({ description: "Labeled verifications of the right person." }),
    impostor: z.int().openapi({ description: "Labeled verifications of somebody else." }),
    needed: z.int().openapi({ description: "How many of each kind a suggestion needs." }),
    suggestion: z
      .object({
        method: z.enum(METHODS),
        threshold: ScoreNumber.openapi({
          description: "Where as many genuine as impostor scores are wrong.",
        }),
        interval: z
          .object({ low: ScoreNumber, high: ScoreNumber })
          .openapi({ description: "The threshold's 95 % interval, by a bootstrap over speakers." }),
        errorRate: Fraction.openapi({ description: "Both error rates at the threshold." }),
        decided: z
          .object({ far: Fraction, frr: Fraction })
          .openapi({ description: "Both error rates of the decisions as they were made." }),
      })
      .nullable()
      .openapi({ description: "Null with too few labels." }),
  })
  .openapi("LabeledDecisions", {
    description:
      "What the latest 2,000 decisions say that were labeled as right or wrong " +
      "(`POST /decisions/{decisionId}/label`). People label what surprises them, so these error rates are not those " +
      "of all decisions.",
  });

const Advice = z
  .object({
    usableSpeakers: z.int().openapi({
      description: "Speakers with two clips of the running model or more, counted up to `neededSpeakers`.",
    }),
    neededSpeakers: z.int(),
    clipsEach: z.int().openapi({ description: "The clips that each of them should have." }),
    labeled: Labeled,
    text: z.string(),
  })
  .openapi("CalibrationAdvice", {
    description:
      "What the registry needs for its first calibration, and what its labeled decisions suggest. Null if a " +
      "calibration of its own is in force and there are too few labels.",
  });
export type CalibrationAdvice = View<typeof Advice>;

export const CalibrationList = z
  .object({ calibrations: z.array(CalibrationSummary), advice: orNull(Advice) })
  .openapi("CalibrationList");

export const Calibration = z
  .object({
    ...summary,
    tables: z.array(CalibrationTable),
    margin: z
      .object({ llr: z.number(), misidentified: MeasuredRate, ambiguous: Fraction, searched: z.int() })
      .optional(),
    consistency: ConsistencyCheck.optional(),
  })
  .openapi("Calibration");
export type CalibrationView = View<typeof Calibration>;

export const Suspects = z.array(z.tuple([text<SpeakerId>(), text<SpeakerId>()])).openapi({
  description:
    "Pairs of speakers who sound like the same person. Such a pair distorts thresholds at low error rates. Merge " +
    "the two or erase one of them, then fit again.",
});
