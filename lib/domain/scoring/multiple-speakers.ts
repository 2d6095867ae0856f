import type { ClipEmbedding, Embedder } from "../../ports/model.ts";
import { showsMultipleSpeakers } from "../../score/scoring/multiple-speakers.ts";

/**
 * Whether a clip appears to contain more than one person. False for a model without such a check,
 * and for a clip that was embedded without windows.
 */
export function hasMultipleSpeakers(
  { model }: Pick<Embedder, "model">,
  { windows, quality }: Pick<ClipEmbedding, "quality" | "windows">,
): boolean {
  const { speakersCheck } = model;
  const { bandwidth, speechSeconds: seconds } = quality;
  const { embeddings, weight } = windows;
  if (!speakersCheck) return false;
  return showsMultipleSpeakers(speakersCheck, { windows: embeddings, weight, bandwidth, seconds });
}

/** Windows cost time, so they are embedded only for a model that has limits. */
export const forSpeakersCheck = ({ model }: Pick<Embedder, "model">): { windows: boolean } => ({
  windows: model.speakersCheck !== undefined,
});
