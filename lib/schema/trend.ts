import type { DecisionId, SpeakerId } from "../id.ts";
import { Cosine, Time } from "./measures.ts";
import { text, type View, z } from "./zod.ts";

const Spread = z
  .object({
    low: Cosine.openapi({ description: "The lower tenth." }),
    median: Cosine.openapi({ description: "The median." }),
    high: Cosine.openapi({ description: "The upper tenth." }),
  })
  .nullable()
  .openapi({
    description: "The spread of `score.cosine`. Null for none.",
  });

const Week = z
  .object({
    from: Time.openapi({ description: "Monday, 00:00 UTC." }),
    accepted: z.int().openapi({ description: "Verifications that were accepted." }),
    rejected: z.int().openapi({ description: "Verifications that were rejected." }),
    inconclusive: z.int().openapi({ description: "Verifications without a decision." }),
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
