import { z } from "@hono/zod-openapi";
import { METHODS } from "../../../lib/score/scoring/types.ts";

const Uid = z.string().openapi({ example: "spk_3v8h0d6n9q2k4m7r1t5w8y0abc" });
export const Time = z.iso.datetime().openapi({ example: "2026-11-24T09:00:00.000Z" });
const Fraction = z.number().min(0).max(1);
const Seconds = z.number().min(0).openapi({ example: 12.4 });
const BUCKETS = ["1-2s", "2-4s", "4-8s", "8s+", "any"] as const;

export const Quality = z
  .object({
    totalSeconds: Seconds,
    speechSeconds: Seconds.openapi({ description: "Net, after voice-activity detection." }),
    snrDb: z.number().nullable().openapi({ example: 31.5 }),
    clippedFraction: Fraction,
    bandwidth: z.enum(["wide", "telephone"]),
  })
  .openapi("Quality");

export const Speaker = z
  .object({
    id: z.string().openapi({ example: "alice" }),
    uid: Uid,
    status: z.enum(["enrolling", "enrolled", "opted-out", "needs-reenrollment"]),
    name: z.string().nullable(),
    metadata: z.record(z.string(), z.string()),
    clips: z.int().min(0),
    speechSeconds: Seconds,
    remainingSpeechSeconds: Seconds.openapi({ description: "Net speech until `enrolled`." }),
    cohesion: z.number().min(-1).max(1).nullable().openapi({
      description: "Mean cosine of the clips to the voiceprint; null with fewer than two clips.",
    }),
    model: z.string(),
    version: z.int().min(1),
    createdAt: Time,
    updatedAt: Time,
  })
  .openapi("Speaker");

export const Clip = z
  .object({
    id: z.string().openapi({ example: "clp_3v8h0d6n9q2k4m7r1t5w8y0abc" }),
    quality: Quality,
    warnings: z.array(z.string()).openapi({ example: ["narrow-band"] }),
    recording: z.boolean().openapi({ description: "False: it came as an embedding, without its recording." }),
    createdAt: Time,
  })
  .openapi("Clip");

export const Enrollment = z
  .object({
    created: z.boolean().openapi({ description: "False where the speaker stood before." }),
    speaker: Speaker,
    clips: z.array(
      Clip.extend({
        similarSpeakers: z
          .array(z.object({ id: z.string(), cosine: z.number().nullable() }))
          .openapi({ description: "Who else already sounds like this clip." }),
      }).openapi("EnrolledClip"),
    ),
  })
  .openapi("Enrollment");

export const SpeakerPage = z
  .object({
    speakers: z.array(Speaker),
    next: z.string().nullable().openapi({ description: "`cursor` of the next page; null on the last." }),
  })
  .openapi("SpeakerPage");
export const ClipList = z.object({ clips: z.array(Clip) }).openapi("ClipList");

export const Group = z
  .object({
    id: z.string().openapi({ example: "night-shift" }),
    name: z.string().nullable(),
    members: z.int().min(0),
    version: z.int().min(1),
    createdAt: Time,
    updatedAt: Time,
  })
  .openapi("Group");
export const GroupMembers = z.object({ speakers: z.array(z.string()) }).openapi("GroupMembers");

const Score = z
  .object({
    method: z.enum(METHODS),
    value: z.number().openapi({ description: "What the threshold is compared with.", example: 7.9 }),
    cosine: z.number().min(-1.000001).max(1.000001).openapi({ example: 0.71 }),
    asNorm: z.number().nullable().openapi({ example: 7.9 }),
    llr: z
      .number()
      .nullable()
      .openapi({
        description:
          "Natural logarithm of the likelihood ratio, never beyond what the calibration's trials carry; null where nothing " +
          "was measured with this model.",
        example: 6.4,
      }),
    normalized: z.boolean(),
    conditions: z
      .object({
        seconds: Seconds,
        longerSeconds: Seconds.nullable(),
        snrDb: z.number().nullable(),
        bandwidth: z.enum(["wide", "telephone"]),
      })
      .openapi({
        description:
          "What the trial was like: net speech of the shorter and the longer side, the lower known signal-to-noise " +
          "ratio, telephone where either side is.",
      }),
  })
  .openapi("Score");

const Bounds = z.object({ low: Fraction, high: Fraction });
export const MeasuredRate = Bounds.extend({
  rate: Fraction,
  trials: z.int(),
  speakers: z.int(),
  effectiveTrials: z.number().openapi({ description: "So many independent trials would be as sure." }),
  clopperPearson: Bounds,
  bootstrap: Bounds.optional(),
}).openapi("MeasuredRate", {
  description:
    "A rate as measured. low to high: 95 %, holds the exact interval, that of the effective trials, and a bootstrap over speakers.",
});
export const MeasuredPoint = z.object({ far: MeasuredRate, frr: MeasuredRate });

export const Threshold = z
  .object({
    method: z.enum(METHODS),
    value: z.number().openapi({ example: 3.1 }),
    asNorm: z.number().nullable().openapi({ example: 3.1 }),
    far: Fraction.openapi({ description: "The false-accept rate this threshold stands for.", example: 0.01 }),
    frr: Fraction.openapi({ example: 0.05 }),
    genuineTrials: z.int(),
    impostorTrials: z.int(),
    measured: MeasuredPoint.nullish().openapi({
      description: "Both rates at this threshold and how sure they are; null where that was not kept.",
    }),
    bucket: z.enum(BUCKETS).openapi({
      description:
        "Net speech of the shorter side in the trials that this was measured on; any: all lengths.",
    }),
    bandwidth: z.enum(["wide", "telephone", "any"]).openapi({
      description: "Band of those trials: telephone where either side is; any: both kinds together.",
    }),
  })
  .openapi("Threshold");

const Band = z
  .enum(["strong", "moderate", "weak", "none"])
  .openapi({ description: "The likelihood ratio in words." });
const grounds = {
  quality: Quality,
  warnings: z.array(z.string()),
  spoofCheck: z.literal("none").openapi({ description: "No replay or synthetic-voice detection." }),
  model: z.string(),
  cohort: z.string(),
  calibration: z.string(),
};
const hidden =
  "Null where there was no voice to score or nothing was measured, and for keys without the scope `scores:read`.";

export const Decision = z
  .object({
    decisionId: z.string().openapi({ example: "dec_3v8h0d6n9q2k4m7r1t5w8y0abc" }),
    decision: z.enum(["accept", "reject", "inconclusive"]),
    reasons: z.array(z.string()).openapi({ example: ["above_threshold"] }),
    lowEvidence: z.boolean(),
    operatingPoint: z.object({ far: Fraction }),
    band: Band,
    score: Score.nullable().openapi({ description: hidden }),
    threshold: Threshold.nullable().openapi({ description: hidden }),
    speaker: z.string().nullable().openapi({ description: "Null for compare.", example: "alice" }),
    qualityA: Quality.nullable().openapi({ description: "The first clip's, for compare only." }),
    replaySuspected: z.boolean().openapi({ description: "The recording, or a copy of it, was met before." }),
    ...grounds,
  })
  .openapi("Decision");

export const Identification = z
  .object({
    decisionId: z.string().openapi({ example: "dec_3v8h0d6n9q2k4m7r1t5w8y0abc" }),
    decision: z.enum(["match", "ambiguous", "unknown", "inconclusive"]),
    reasons: z.array(z.string()).openapi({ example: ["above_threshold"] }),
    lowEvidence: z.boolean(),
    operatingPoint: z.object({ far: Fraction }),
    candidates: z.array(z.object({ speaker: z.string(), score: Score.nullable(), band: Band })),
    margin: z
      .number()
      .nullable()
      .openapi({ description: `Best score less the second best. ${hidden}` }),
    separation: z
      .object({
        llr: z.number().nullable(),
        needed: z.number(),
        learnt: z.boolean(),
        misidentified: MeasuredRate.nullable(),
      })
      .nullable()
      .openapi({
        description:
          "How much likelier the best is than the second (natural logarithm), and how much it must be not to be " +
          "`ambiguous`: learnt from this registry's own clips, of which `misidentified` were named as somebody else.",
      }),
    searched: z.int().openapi({ description: "How many voiceprints were compared: never cut." }),
    threshold: Threshold.extend({ extrapolated: z.boolean() })
      .openapi("OpenSetThreshold")
      .nullable()
      .openapi({ description: hidden }),
    ...grounds,
  })
  .openapi("Identification");

export const Health = z.object({ status: z.literal("ok") }).openapi("Health");
export const Readiness = z
  .object({ status: z.literal("ready"), model: z.string(), modelName: z.string() })
  .openapi("Readiness");
