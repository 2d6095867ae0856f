import { AppError } from "../../error.ts";
import type { Services } from "../../ports/services.ts";
import type { Speaker } from "../../ports/speaker.ts";

/** Vectors of different models never meet. */
export function requireModel(services: Pick<Services, "embedder">, speaker: Speaker): void {
  const { modelId, name } = services.embedder.model;
  if (speaker.clips.length === 0 || speaker.modelId === modelId) return;
  throw new AppError(
    "model-mismatch",
    `The voiceprint of ${speaker.speakerId} was made by ${speaker.modelId}; this service runs ${name} (${modelId}). ` +
      "Where the recordings were kept, `voiceroll models reembed` rebuilds it; else reset the speaker and enroll again.",
  );
}
