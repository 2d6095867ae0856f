import type { DecisionId } from "../id.ts";
import { text, z } from "./zod.ts";

export const STREAM_MODES = ["verify", "identify", "watch"] as const;
const RATES = { least: 8_000, most: 48_000 } as const;

const seconds = (description: string) => z.number().min(0).openapi({ description });

export const StreamStart = z
  .strictObject({
    type: z.literal("start"),
    mode: z.enum(STREAM_MODES).openapi({
      description:
        "`verify`: is it this speaker? `identify`: which speaker is it? `watch`: like `identify`, but you only " +
        "hear of voices that nobody has enrolled.",
    }),
    speaker: z.string().optional().openapi({ description: "Whom to verify. For `verify` only." }),
    group: z.string().optional().openapi({ description: "Search only this group. Not for `verify`." }),
    format: z.enum(["pcm16", "opus"]).default("pcm16").openapi({
      description:
        "`pcm16`: 16-bit samples, mono, little-endian. `opus`: one Opus packet in each message, without a container.",
    }),
    sampleRate: z
      .int()
      .min(RATES.least)
      .max(RATES.most)
      .default(16_000)
      .openapi({ description: "Samples per second of `pcm16`." }),
    maxFalseAcceptRate: z
      .number()
      .gt(0)
      .lt(1)
      .optional()
      .openapi({
        description:
          "How often another voice may be accepted at any time in a turn. By default the registry's own rate; above " +
          "it, the key needs `decisions:loosen`.",
      }),
    challenge: z.string().max(1000).optional().openapi({
      description: "For the first turn, from `POST /challenges`. That turn is decided once, at its end.",
    }),
  })
  .openapi("StreamStart");

const turn = z.int().min(1).openapi({ description: "The turn's number in this stream." });
const at = seconds("Seconds since the start of the stream.");

export const StreamEvent = z
  .discriminatedUnion("type", [
    z.object({ type: z.literal("ready") }).openapi("StreamReady"),
    z
      .object({
        type: z.literal("speech"),
        state: z.enum(["start", "end"]).openapi({ description: "Whether a turn begins or ends." }),
        turn,
        at,
      })
      .openapi("StreamSpeech"),
    z.object({ type: z.literal("changed"), turn, at }).openapi("StreamChanged"),
    z
      .object({
        type: z.literal("speaker"),
        turn,
        at,
        speaker: z.string().openapi({ description: "Who speaks, or `unknown`.", example: "alice" }),
        decision: z.enum(["accept", "reject", "match", "ambiguous", "unknown", "inconclusive"]),
        reasons: z.array(z.string()),
        final: z.boolean().openapi({ description: "True once, after the turn." }),
        secondsHeard: seconds("Net speech of the turn so far."),
        score: z.number().nullable().openapi({ description: "Null without `scores:read`." }),
        threshold: z.number().nullable().openapi({ description: "Null without `scores:read`." }),
        decisionId: text<DecisionId>()
          .nullable()
          .openapi({ description: "Of the stored decision, if `final`." }),
      })
      .openapi("StreamSpeaker"),
    z
      .object({
        type: z.literal("lost"),
        events: z
          .int()
          .min(1)
          .openapi({ description: "Events that weren't sent, because you read too slowly." }),
      })
      .openapi("StreamLost"),
    z
      .object({
        type: z.literal("error"),
        problem: z.string().openapi({ example: "verify-attempts-exhausted" }),
        detail: z.string(),
        turn: turn
          .nullable()
          .openapi({ description: "The turn that gets no decision. Null: the stream ends." }),
      })
      .openapi("StreamError"),
  ])
  .openapi("StreamEvent");
export type StreamEvent = z.output<typeof StreamEvent>;
export type StreamStart = z.output<typeof StreamStart>;
