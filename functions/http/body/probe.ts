import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { CLIP } from "../../../lib/audio/limits.ts";
import { BANDWIDTHS } from "../../../lib/audio/types.ts";
import { type EmbeddingInput, embeddingInput } from "../../../lib/domain/decision/embedding-input.ts";
import type { Services } from "../../../lib/ports/services.ts";
import { PRECISION } from "../../../lib/schema/embedding.ts";
import type { Env } from "../env.ts";
import { requireScope } from "../guard/auth.ts";
import { selection } from "./piece.ts";
import { invalid, parse } from "./schema.ts";

const MOST_DIMENSIONS = 800;
const seconds = z.number().min(0).max(CLIP.maxSeconds);

const Quality = z.strictObject({
  totalSeconds: seconds.optional(),
  speechSeconds: seconds.optional().describe("Net speech. Without it, the strictest threshold counts."),
  levelDb: z.number().min(-200).max(20).nullable().optional().describe("The active speech level in dB."),
  snrDb: z.number().min(-60).max(60).nullable().optional().describe("The signal-to-noise ratio in dB."),
  clippedFraction: z.number().min(0).max(1).optional(),
  bandwidth: z.enum(BANDWIDTHS).optional().describe("Without it, the strictest threshold counts."),
});

export const Probe = z
  .strictObject({
    model: z.string().min(1).max(100).describe("The ID of the model that made the embedding."),
    embedding: z
      .array(z.number())
      .min(1)
      .max(MOST_DIMENSIONS)
      .describe("The voice as a vector of length 1, with as many numbers as the model's dimension."),
    dimension: z.int().optional().describe("Ignored, so that a reply can be sent as it is."),
    precision: z.literal(PRECISION).optional().describe("Ignored, so that a reply can be sent as it is."),
    quality: Quality.optional().describe("What is known about the clip. It chooses the threshold."),
    warnings: z
      .array(z.string().max(100))
      .max(20)
      .optional()
      .describe("Of these, `multiple-speakers-suspected` counts as it does for a clip."),
  })
  .meta({
    id: "Probe",
    description:
      "An embedding in place of a recording: a reply of `POST /embeddings`, whole or without what isn't known. " +
      "Needs the scope `embeddings` and the registry's setting of that name.",
  });

/** The field that takes an embedding in place of the clip of another field, as in `audioA`. */
export const probeFieldOf = (audioField: string): string => audioField.replace("audio", "probe");

/** Parses and checks an embedding in a JSON body. `name`: its field, such as `probeA` */
export function jsonProbe(
  services: Pick<Services, "embedder">,
  c: Context<Env>,
  { value, name, fields }: { value: unknown; name: string; fields: object },
): EmbeddingInput {
  const pointer = `/${name}`;
  const unfit = Object.keys(selection)
    .map((one) => one + name.slice("probe".length))
    .filter((one) => one in fields);
  if (unfit.length > 0)
    throw invalid(
      unfit.map((one) => ({ pointer: `/${one}`, detail: "An embedding has no parts to choose from." })),
    );
  const { model, embedding, quality = {}, warnings = [] } = parse(Probe, value, pointer);
  requireScope(c.var.key.scopes, "embeddings");
  const { levelDb, snrDb, ...others } = quality;
  const known = { ...others, levelDb: levelDb ?? undefined, snrDb: snrDb ?? undefined };
  const multipleSpeakers = warnings.includes("multiple-speakers-suspected");
  return embeddingInput(
    services,
    c.var.registry,
    { model, embedding, quality: known, multipleSpeakers },
    pointer,
  );
}
