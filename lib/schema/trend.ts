import type { DecisionId, SpeakerId } from "../id.ts";
import { Cosine, Time } from "./measures.ts";
import { text, type View, z } from "./zod.ts";

const Spread = z.object({ low: Cosine, median: Cosine, high: Cosine }).nullable().openapi({
  description: "The lower tenth, the median and the upper tenth of `score.cosine`. Null for none.",
});

const Week = z
  .object({
    from: Time.openapi({ description: "Monday, 00:00 UTC." }),
    accepted: z.int(),
    rejected: z.int(),
    inconclusive: z.int(),
    acceptedCosine: Spread,
    rejectedCosine: Spread,
  })
  .openapi("WeekOfScores");

export const Trends = z
  .object({
    looked: z
      .int()
      .openapi({ description: "How many of the latest decisions were looked at: 5,000 at most." }),
    weeks: z.array(Week).openapi({ description: "Verifications by week, oldest first." }),
    lowerTenth: Cosine.nullable().openapi({
      description:
        "A tenth of all accepted verifications has a lower `score.cosine`. Null with fewer than 50 of them.",
    }),
    reEnrollmentAdvised: z.array(text<SpeakerId>()).openapi({
      description: "Speakers whose five latest accepted verifications are all below `lowerTenth`.",
      example: ["alice"],
    }),
    speaker: z
      .array(z.object({ decisionId: text<DecisionId>(), at: Time, cosine: Cosine }))
      .nullable()
      .openapi({
        description: "The speaker's accepted verifications, oldest first. Null without `speaker`.",
      }),
  })
  .openapi("Trends");
export type TrendsView = View<typeof Trends>;
