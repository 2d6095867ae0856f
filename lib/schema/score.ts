import { METHODS } from "../score/scoring/types.ts";
import {
  AnyBandwidth,
  AnyBucket,
  Bandwidth,
  Cosine,
  Fraction,
  MeasuredPoint,
  ScoreNumber,
  Seconds,
} from "./measures.ts";
import { type View, z } from "./zod.ts";

export const Score = z
  .object({
    method: z.enum(METHODS),
    value: ScoreNumber.openapi({
      description: "The score that is compared with the threshold.",
      example: 7.9,
    }),
    cosine: Cosine.openapi({ example: 0.71 }),
    asNorm: ScoreNumber.nullable().openapi({ example: 7.9 }),
    llr: ScoreNumber.nullable().openapi({
      description:
        "Natural logarithm of the likelihood ratio, limited to the range that the calibration's trials support. " +
        "Null if nothing was measured with this model.",
      example: 6.4,
    }),
    normalized: z.boolean(),
    conditions: z
      .object({
        seconds: Seconds,
        longerSeconds: Seconds.nullable(),
        snrDb: z.number().nullable(),
        bandwidth: Bandwidth,
        enrolledClips: z.int().nullish(),
        cohort: z.object({ mean: ScoreNumber, std: ScoreNumber }).nullish(),
        crossBand: z.boolean().nullish(),
      })
      .openapi({
        description:
          "The conditions of the trial: net speech of the shorter and the longer side, the lower known " +
          "signal-to-noise ratio, `telephone` if either side is telephone speech, the number of enrolled clips, mean " +
          "and standard deviation of the nearest cohort voices' cosines, and whether only one side is telephone " +
          "speech.",
      }),
  })
  .openapi("Score");

export const Threshold = z
  .object({
    method: z.enum(METHODS),
    value: ScoreNumber.openapi({ example: 3.1 }),
    asNorm: ScoreNumber.nullable().openapi({ example: 3.1 }),
    far: Fraction.openapi({ description: "The false-accept rate of this threshold.", example: 0.01 }),
    frr: Fraction.openapi({ example: 0.05 }),
    genuineTrials: z.int(),
    impostorTrials: z.int(),
    measured: MeasuredPoint.nullish().openapi({
      description: "Both error rates at this threshold with their intervals. Null if they were not recorded.",
    }),
    bucket: AnyBucket.openapi({
      description:
        "Net speech of the shorter side in the trials that the threshold was measured on. `any`: all durations.",
    }),
    bandwidth: AnyBandwidth.openapi({
      description:
        "Bandwidth of those trials: `telephone` if either side is telephone speech. `any`: both bandwidths together.",
    }),
  })
  .openapi("Threshold");

/** `extrapolated`: true if it lies beyond the measured rates. */
export const OpenSetThreshold = Threshold.extend({ extrapolated: z.boolean() }).openapi("OpenSetThreshold");

export const Band = z
  .enum(["strong", "moderate", "weak", "none"])
  .openapi({ description: "The likelihood ratio in words." });

export type ScoreView = View<typeof Score>;
export type ConditionsView = ScoreView["conditions"];
export type OpenSetThresholdView = View<typeof OpenSetThreshold>;
export type ThresholdView = View<typeof Threshold>;
/** A coarse score, for callers that may not read the exact one. */
export type Band = View<typeof Band>;
