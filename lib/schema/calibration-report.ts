import type { CalibrationId } from "../id.ts";
import { USUAL_METHODS } from "../score/scoring/types.ts";
import { Fraction, TrialKind } from "./measures.ts";
import { text, z } from "./zod.ts";

const Accuracy = z.object({ cllr: z.number().min(0), eer: Fraction });

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

export const CalibrationReport = z
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
