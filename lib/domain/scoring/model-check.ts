import { AppError } from "../../error.ts";
import type { Services } from "../../ports/services.ts";
import type { Speaker } from "../../ports/speaker.ts";

/**
 * Throws `model-mismatch` if another model made the voiceprint: its embeddings can't be compared.
 */
export function requireModel(services: Pick<Services, "embedder">, speaker: Speaker): void {
  const { modelId, name } = services.embedder.model;
  if (speaker.clips.length === 0 || speaker.modelId === modelId) return;
  throw new AppError(
    "model-mismatch",
    `The voiceprint of ${speaker.speakerId} was made by ${speaker.modelId}, ` +
      `but this service runs ${name} (${modelId}). If the recordings are stored, ` +
      "`voiceroll models reembed` rebuilds it; otherwise reset the speaker and enroll again.",
  );
}
