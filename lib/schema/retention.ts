import type { SpeakerId, SpeakerUid } from "../id.ts";
import { Time } from "./measures.ts";
import { text, z } from "./zod.ts";

export const RetentionPage = z
  .object({
    by: Time.openapi({ description: "The time that the page is about." }),
    speakerDays: z.int().nullable().openapi({
      description:
        "Days after the last enrollment when a speaker without its own `expiresAt` expires. Null: never.",
    }),
    decisionDays: z.int().openapi({ description: "For how many days a decision is kept." }),
    sweptAt: Time.nullable().openapi({ description: "The last sweep. Null: there was none." }),
    paused: z.boolean().openapi({
      description:
        "True if sweeps erase nothing: there was none yet, or the clock is so far ahead of the last one that it " +
        "may be wrong.",
    }),
    speakers: z
      .array(
        z.object({
          id: text<SpeakerId>({ example: "alice" }),
          uid: text<SpeakerUid>({ example: "spk_3v8h0d6n9q2k4m7r1t5w8y0abc" }),
          clips: z.int().min(0),
          expiresAt: Time,
        }),
      )
      .openapi({
        description:
          "The speakers that a sweep at `by` erases. The list can be empty on a page before the last.",
      }),
    next: z.string().nullable().openapi({ description: "`cursor` of the next page. Null on the last page." }),
  })
  .openapi("RetentionPage");
