import type { ClipInput, Quality } from "../../audio/types.ts";
import { AppError } from "../../error.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import { normalize, type UnitVector } from "../../score/scoring/vector.ts";
import { invalid } from "../invalid.ts";

/** An embedding in place of a clip, and what its sender says about the clip. */
export type EmbeddingInput = {
  voice: UnitVector;
  quality: KnownQuality;
  multipleSpeakers: boolean;
};
/** What is known of a clip's quality. */
export type KnownQuality = { [Field in keyof Quality]?: Quality[Field] | undefined };
export type ProbeInput = ClipInput | EmbeddingInput;

/** How far the length of an embedding may be from 1, because its numbers were rounded. */
const LENGTH_TOLERANCE = 1e-3;

/** Throws `embeddings-off` unless the registry hands out embeddings and takes them as probes. */
export function requireEmbeddings({ settings }: Pick<Registry, "settings">): void {
  if (settings.embeddings) return;
  throw new AppError(
    "embeddings-off",
    "This registry neither hands out embeddings nor takes them as probes. To allow both, send " +
      '{"embeddings": true} to PATCH /registry, or run `voiceroll registry set --embeddings yes`.',
  );
}

/**
 * Checks an embedding that a caller sends as a probe.
 *
 * pointer  of the object in the request
 *
 * Throws `embeddings-off`, `model-mismatch` for another model's, and `validation-failed` for one of
 * another dimension or not of length 1.
 */
export function embeddingInput(
  { embedder }: Pick<Services, "embedder">,
  registry: Registry,
  sent: { model: string; embedding: readonly number[] } & Omit<EmbeddingInput, "voice">,
  pointer: string,
): EmbeddingInput {
  requireEmbeddings(registry);
  const { modelId, name, dimension } = embedder.model;
  const { model, embedding, quality, multipleSpeakers } = sent;
  if (model !== modelId)
    throw new AppError(
      "model-mismatch",
      `The embedding was made by ${model}, but this service runs ${name} (${modelId}). Embed the recording ` +
        "again with POST /embeddings.",
    );
  if (embedding.length !== dimension)
    throw invalid(
      `${pointer}/embedding`,
      `Send ${dimension} numbers. This embedding has ${embedding.length}.`,
    );
  const length = Math.hypot(...embedding);
  if (!(Math.abs(length - 1) <= LENGTH_TOLERANCE))
    throw invalid(
      `${pointer}/embedding`,
      `Send a vector of length 1. This one has ${length.toPrecision(4)}.`,
    );
  return { voice: normalize(embedding), quality, multipleSpeakers };
}
