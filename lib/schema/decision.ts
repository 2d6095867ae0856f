import type { DecisionId, GroupId, SpeakerId } from "../id.ts";
import { ChallengeResult } from "./challenge.ts";
import { Fraction, MeasuredRate, Next, Quality, ScoreNumber, Time } from "./measures.ts";
import { Band, OpenSetThreshold, Score, type ScoreView, Threshold } from "./score.ts";
import { Spoof } from "./spoof.ts";
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
  | "challenge_failed"
  | "replay_suspected"
  | "multiple_speakers";

/** Reasons to reject a recording whatever its score is. */
export const REFUSALS: readonly Reason[] = ["replay_suspected", "challenge_failed"];

/** What a probe is a copy of. */
export const REPLAY_OF = ["enrolled-clip", "earlier-probe"] as const;
export type ReplayOf = (typeof REPLAY_OF)[number];

const DecisionText = text<DecisionId>({ example: "dec_3v8h0d6n9q2k4m7r1t5w8y0abc" });
export const Reasons = z.array(text<Reason>()).openapi({ example: ["above_threshold"] });
/** The outcome of a one-to-many search. */
export const SearchDecision = z.enum(["match", "ambiguous", "unknown", "inconclusive"]);
const OperatingPoint = z.object({ far: Fraction });
/** Where the thresholds in force come from: the model, or the registry's own calibration. */
export const CALIBRATION_SOURCES = ["bundled", "own"] as const;
export type CalibrationSource = (typeof CALIBRATION_SOURCES)[number];
const grounds = {
  quality: Quality,
  warnings: z.array(z.string()).openapi({
    description:
      "About the clips: `low-quality`, `too-quiet`, `narrow-band` (telephone), or `multiple-speakers-suspected`. " +
      "`probe-embedding`: a probe was an embedding, so its quality is what the caller stated, and only copies of " +
      "enrolled clips are recognized. `conditions-assumed`: the caller didn't state the speech or the bandwidth of " +
      "an embedding, so the strictest threshold was used. `thresholds-not-of-your-voices`: the registry has no " +
      "calibration of its own in force, so the thresholds were measured on other people's recordings. " +
      "`spoof-suspected`: the detector's score is below the registry's `spoofWarning`.",
    example: ["narrow-band", "thresholds-not-of-your-voices"],
  }),
  spoofCheck: z.enum(["none", "score"]).openapi({
    description:
      "`none`: nothing has checked whether the voice is live. `score`: an installed detector has scored it, which " +
      "never changes the decision.",
  }),
  spoof: Spoof.optional(),
  model: z.string(),
  cohort: z.string(),
  calibration: z.string(),
  calibrationSource: z
    .enum(CALIBRATION_SOURCES)
    .optional()
    .openapi({
      description:
        "`bundled` for thresholds that come with the model, `own` for a calibration of this registry. Absent in " +
        "decisions from before it was recorded.",
    }),
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

const Candidates = z.array(z.object({ speaker: text<SpeakerId>(), score: orNull(Score), band: Band }));

const Watchlist = z
  .object({
    group: text<GroupId>({ example: "banned" }),
    decision: SearchDecision,
    reasons: Reasons,
    candidates: Candidates,
    searched: z.int().openapi({ description: "How many voiceprints of the group were compared." }),
    threshold: orNull(OpenSetThreshold).openapi({ description: hidden }),
  })
  .openapi("WatchlistSearch");

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
    watchlist: orNull(Watchlist).openapi({
      description:
        "The same clip searched in the group that `watchlist` named, at the threshold for that many voices. It " +
        "doesn't change the decision. Null if none was named, and for compare.",
    }),
    challenge: orNull(ChallengeResult)
      .optional()
      .openapi({ description: "The challenge that came with the recording. Null or absent without one." }),
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
    candidates: Candidates,
    margin: ScoreNumber.nullable().openapi({
      description: `The best score minus the second best. ${hidden}`,
    }),
    separation: z
      .object({
        llr: ScoreNumber.nullable(),
        needed: ScoreNumber,
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

export const MeasuredClip = z
  .object({ quality: Quality, warnings: z.array(z.string()).openapi({ example: ["too-quiet"] }) })
  .openapi("MeasuredClip");

/** The operations that decide. */
export const Operation = z.enum(["verify", "identify", "compare"]);
export const Verdict = z.enum(["right", "wrong"]);

const past = {
  decisionId: text<DecisionId>(),
  operation: Operation,
  at: Time,
  reply: z.union([Identification, Decision]).openapi({ description: "The original reply." }),
  label: z
    .object({ verdict: Verdict, at: Time })
    .nullable()
    .openapi({ description: "Whether a person found the decision right or wrong. Null: no one said so." }),
};

export const PastDecision = z.object(past).openapi("PastDecision");

export const DecisionPage = z
  .object({ decisions: z.array(PastDecision), next: Next })
  .openapi("DecisionPage");

export const ExplainedDecision = z
  .object({
    ...past,
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

/** A verification or comparison with its scores. */
export type DecisionReply = Omit<View<typeof Decision>, "watchlist"> & {
  watchlist: WatchlistReply | null;
};
export type Separation = NonNullable<View<typeof Identification>["separation"]>;
type Scored = { candidates: readonly { speaker: SpeakerId; score: ScoreView; band: Band }[] };
export type WatchlistReply = Omit<View<typeof Watchlist>, "candidates"> & Scored;
/** An identification with its scores, which a key without `scores:read` doesn't get. */
export type IdentifyReply = Omit<View<typeof Identification>, "candidates"> & Scored;
