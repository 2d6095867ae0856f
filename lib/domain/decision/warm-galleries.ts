import type { Services } from "../../ports/services.ts";
import { normalize } from "../../score/scoring/vector.ts";
import { activeCohort } from "../scoring/setup.ts";

/**
 * Loads the gallery of every registry, so that the first search doesn't wait for it. Galleries that
 * don't fit into the memory for them are loaded when they are searched.
 */
export async function warmGalleries(
  services: Pick<Services, "active" | "cohorts" | "embedder" | "gallery" | "registries">,
): Promise<void> {
  const { dimension, modelId } = services.embedder.model;
  // Any voice does: its scores aren't used.
  const embedding = normalize(new Float64Array(dimension).fill(1));
  for (const { registryId } of await services.registries.list()) {
    const cohort = await activeCohort(services, registryId);
    await services.gallery.search(registryId, { modelId, cohort, embedding, stats: undefined }, 1);
  }
}
