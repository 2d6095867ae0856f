import { ScoreNumber } from "./measures.ts";
import { z } from "./zod.ts";

/** What an installed detector says about a probe. */
export const Spoof = z
  .object({
    score: ScoreNumber.openapi({
      description:
        "The detector's logit for bona fide speech: higher for a live person. Of two clips, the lower one.",
    }),
    model: z.string().openapi({ description: "The installed detector.", example: "aasist" }),
  })
  .nullable()
  .openapi({
    description:
      "Null without a detector (`voiceroll models add`), without a recording or enough speech, or if the key lacks " +
      "the scope `scores:read`.",
  });
