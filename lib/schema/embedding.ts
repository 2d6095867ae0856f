import { Quality } from "./measures.ts";
import { type View, z } from "./zod.ts";

/** How exactly the numbers of an embedding are given: each is a float32. */
export const PRECISION = "float32";

export const Embedding = z
  .object({
    model: z.string().openapi({
      description: "The ID of the model that made the embedding. Only the same model's can be compared.",
    }),
    dimension: z.int().openapi({ description: "How many numbers the embedding has.", example: 192 }),
    precision: z
      .literal(PRECISION)
      .openapi({ description: "Each number is a float32, with as many digits as it takes to restore it." }),
    embedding: z.array(z.number()).openapi({ description: "The voice as a vector of length 1." }),
    quality: Quality,
    warnings: z.array(z.string()).openapi({
      description:
        "About the clip, as in a decision: `low-quality`, `too-quiet`, `narrow-band`, or " +
        "`multiple-speakers-suspected`.",
      example: ["narrow-band"],
    }),
  })
  .openapi("Embedding");

export type EmbeddingView = View<typeof Embedding>;
