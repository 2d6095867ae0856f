import type { SpeakerId } from "../id.ts";
import { Time } from "./measures.ts";
import { text, type View, z } from "./zod.ts";

/** The languages that digits can be shown in. */
export const CHALLENGE_LANGUAGES = ["en", "zh"] as const;

export const Challenge = z
  .object({
    challenge: z.string().openapi({
      description: "What to send as `challenge` with the recording. It is valid once.",
      example: "vc_...",
    }),
    speaker: text<SpeakerId>({ example: "alice" }),
    digits: z.string().openapi({ description: "The digits to say, in this order.", example: "471903" }),
    text: z.string().openapi({
      description: "The digits in words, to show to the person.",
      example: "four seven one nine zero three",
    }),
    expiresAt: Time.openapi({ description: "The recording must arrive before this time." }),
  })
  .openapi("Challenge");

/** What a verification says about its challenge. */
export const ChallengeResult = z
  .object({
    digits: z.string().openapi({ description: "The digits that were asked for.", example: "471903" }),
    transcript: z.enum(["matched", "mismatched", "not-sent"]).openapi({
      description:
        "Whether the transcript that came with the recording has these digits. `mismatched` is never accepted.",
    }),
  })
  .openapi("ChallengeResult");

export type ChallengeView = View<typeof Challenge>;
export type ChallengeResultView = View<typeof ChallengeResult>;
