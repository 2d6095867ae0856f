import type { DecisionId, SpeakerId } from "../id.ts";
import { Fraction, MeasuredRate, Quality } from "./measures.ts";
import { Band, OpenSetThreshold, Score, type ScoreView, Threshold } from "./score.ts";
import { orNull, text, type View, z } from "./zod.ts";

export type Reason =
  | "no_speech"
  | "not_enough_speech"
  | "enrollment_short"
  | "low_quality"
  | "above_threshold"
  | "below_threshold"
  | "margin_too_small"
  | "empty_gallery"
  | "not_calibrated"
  | "replay_suspected"
  | "multiple_speakers";

/** What a probe is a copy of. */
export const REPLAY_OF = ["enrolled-clip", "earlier-probe"] as const;
export type ReplayOf = (typeof REPLAY_OF)[number];

const DecisionText = text<DecisionId>({ example: "dec_3v8h0d6n9q2k4m7r1t5w8y0abc" });
export const Reasons = z.array(text<Reason>()).openapi({ example: ["above_threshold"] });
/** The outcome of a one-to-many search. */
export const SearchDecision = z.enum(["match", "ambiguous", "unknown", "inconclusive"]);
const OperatingPoint = z.object({ far: Fraction });
const grounds = {
  quality: Quality,
  warnings: z.array(z.string()).openapi({
    description:
      "About the clips: `low-quality`, `too-quiet`, `narrow-band` (telephone), or `multiple-speakers-suspected`.",
    example: ["narrow-band"],
  }),
  spoofCheck: z.literal("none").openapi({
    description: "The service detects neither replayed nor synthetic voices.",
  }),
  model: z.string(),
  cohort: z.string(),
  calibration: z.string(),
};
const replay = {
  replaySuspected: z.boolean().openapi({
    description: "True if the clip is a copy of a known recording, whole or in part.",
  }),
  replayOf: z
    .enum(REPLAY_OF)
    .nullable()
    .openapi({
      description:
        "What the clip is a copy of: a clip of the speaker, or a probe that was accepted for the speaker before. " +
        "Null for a new recording, and for compare.",
    }),
};
const hidden =
  "Null if there was no voice to score, if nothing was measured, or if the key lacks the scope `scores:read`.";

export const Decision = z
  .object({
    decisionId: DecisionText,
    decision: z.enum(["accept", "reject", "inconclusive"]),
    reasons: Reasons,
    lowEvidence: z.boolean(),
    operatingPoint: OperatingPoint,
    band: Band,
    score: orNull(Score).openapi({ description: hidden }),
    threshold: orNull(Threshold).openapi({ description: hidden }),
    speaker: text<SpeakerId>().nullable().openapi({ description: "Null for compare.", example: "alice" }),
    qualityA: orNull(Quality).openapi({ description: "Quality of the first clip, for compare only." }),
    ...replay,
    ...grounds,
  })
  .openapi("Decision");

export const Identification = z
  .object({
    decisionId: DecisionText,
    decision: SearchDecision,
    reasons: Reasons,
    lowEvidence: z.boolean(),
    operatingPoint: OperatingPoint,
    candidates: z.array(z.object({ speaker: text<SpeakerId>(), score: orNull(Score), band: Band })),
    margin: z
      .number()
      .nullable()
      .openapi({ description: `The best score minus the second best. ${hidden}` }),
    separation: z
      .object({
        llr: z.number().nullable(),
        needed: z.number(),
        learnt: z.boolean(),
        misidentified: orNull(MeasuredRate),
      })
      .nullable()
      .openapi({
        description:
          "How much likelier the best candidate is than the second, as a natural logarithm, and the value that is " +
          "needed for the decision not to be `ambiguous`. If `learnt`, that value comes from this registry's own " +
          "clips; `misidentified` is the share of them that matched another speaker.",
      }),
    searched: z
      .int()
      .openapi({ description: "How many voiceprints were compared. The search is exhaustive." }),
    threshold: orNull(OpenSetThreshold).openapi({
      description: hidden,
    }),
    ...replay,
    ...grounds,
  })
  .openapi("Identification");

export const ExplainedDecision = z
  .object({
    decisionId: text<DecisionId>(),
    operation: z.enum(["verify", "identify", "compare"]),
    at: z.iso.datetime(),
    reply: z.union([Identification, Decision]).openapi({ description: "The original reply." }),
    now: z
      .object({
        sameModel: z.boolean(),
        sameCohort: z.boolean(),
        sameCalibration: z.boolean(),
        again: z
          .object({ decision: z.string(), threshold: orNull(Threshold) })
          .nullable()
          .openapi({
            description:
              "The decision that the same scores would get today. Null if they can't be decided on.",
          }),
      })
      .openapi({ description: "What has changed since." }),
  })
  .openapi("ExplainedDecision");

export type DecisionReply = View<typeof Decision>;
export type Separation = NonNullable<View<typeof Identification>["separation"]>;
/** An identification with its scores, which a key without `scores:read` doesn't get. */
export type IdentifyReply = Omit<View<typeof Identification>, "candidates"> & {
  candidates: readonly { speaker: SpeakerId; score: ScoreView; band: Band }[];
};
