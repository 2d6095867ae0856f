import { BANDWIDTHS } from "../audio/types.ts";
import { DURATION_BUCKETS } from "../score/scoring/types.ts";
import { type View, z } from "./zod.ts";

export const Time = z.iso.datetime().openapi({ example: "2026-11-24T09:00:00.000Z" });
export const Next = z
  .string()
  .nullable()
  .openapi({ description: "`cursor` of the next page. Null on the last page." });
export const Fraction = z.number().min(0).max(1);
export const Seconds = z.number().min(0).openapi({ example: 12.4 });
/**
 * A score in a reply: rounded to at most four decimals and four significant digits, since more say
 * nothing about a voice. Decisions are made on the exact scores, which the stores keep. The order
 * of two scores never turns around.
 */
export const ScoreNumber = z.number().overwrite(roundedScore);
/** A cosine, with room for the rounding error of single-precision vectors. */
export const Cosine = z.number().min(-1.000001).max(1.000001).overwrite(roundedScore);
export const Bandwidth = z.enum(BANDWIDTHS);

/** The kinds of trial that a table or a threshold is for. `any` pools all of them. */
export const AnyBucket = z.enum([...DURATION_BUCKETS, "any"]);
export const AnyBandwidth = z.enum([...BANDWIDTHS, "any"]);

/** The kind of trial that a table or a threshold is for. */
export const TrialKind = z.object({ bucket: AnyBucket, bandwidth: AnyBandwidth });

export const Quality = z
  .object({
    totalSeconds: Seconds,
    speechSeconds: Seconds.openapi({ description: "Net speech, as found by voice activity detection." }),
    levelDb: z
      .number()
      .nullable()
      .openapi({
        example: -26.2,
        description:
          "Active speech level (ITU-T P.56) in dB relative to full scale. Null without speech, and for clips " +
          "that were enrolled before it was measured.",
      }),
    snrDb: z
      .number()
      .nullable()
      .openapi({
        example: 31.5,
        description:
          "Level of the speech above its own background, in dB, at most 60. Null if the clip has no background " +
          "around the speech, or only digital silence.",
      }),
    clippedFraction: Fraction,
    bandwidth: Bandwidth,
  })
  .openapi("Quality");
export type QualityView = View<typeof Quality>;

const Bounds = z.object({ low: Fraction, high: Fraction });
export const MeasuredRate = Bounds.extend({
  rate: Fraction,
  trials: z.int(),
  speakers: z.int(),
  effectiveTrials: z.number().openapi({
    description: "The number of independent trials that would give the same certainty.",
  }),
  clopperPearson: Bounds,
  bootstrap: Bounds.optional(),
}).openapi("MeasuredRate", {
  description:
    "A measured error rate with its 95 % interval. `low` to `high` covers three intervals: the exact one, the exact " +
    "one for the effective number of trials, and a bootstrap over speakers.",
});
export const MeasuredPoint = z.object({ far: MeasuredRate, frr: MeasuredRate });

/** A problem of an upload or of a job's line, reported later than the request that caused it. */
export const LaterProblem = z
  .object({ slug: z.string().openapi({ example: "audio-too-short" }), detail: z.string() })
  .openapi("ToldProblem");

function roundedScore(score: number): number {
  return Number(Number(score.toFixed(4)).toPrecision(4));
}
