import type { RegistryId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import { fromFixed } from "../../score/scoring/fixed-point.ts";
import { areOf, speakerStats } from "../../score/scoring/norm.ts";
import { activeCohort } from "../scoring/setup.ts";
import { everySpeaker } from "../speaker/every-speaker.ts";

/** Speakers dealt with before the active cohort is looked at again and others get their turn. */
const AT_ONCE = 50;

/**
 * Brings the statistics beside all voiceprints to the active cohort. Scores never depend on it: statistics of another
 * cohort are not used, whoever has them is scored with new ones at each request. It may be broken off and run again, at
 * once too; when the cohort is changed meanwhile it goes on with the new one.
 *
 * returns how many were restated; a speaker that changed meanwhile has its own new ones and is not counted
 */
export async function refreshStatistics(
  services: Pick<Services, "active" | "clock" | "cohorts" | "embedder" | "speakers">,
  input: {
    registryId: RegistryId;
    onProgress?: ((done: number) => void) | undefined;
    /** Break off soon. */
    signal?: AbortSignal | undefined;
  },
): Promise<number> {
  const { registryId } = input;
  const { modelId } = services.embedder.model;
  for (;;) {
    const cohort = await activeCohort(services, registryId);
    let [refreshed, looked] = [0, 0];
    let same = true;
    for await (const speaker of everySpeaker(services, registryId)) {
      if (input.signal?.aborted) return refreshed;
      looked += 1;
      if (looked % AT_ONCE === 0) {
        await services.clock.sleep(0);
        same = (await activeCohort(services, registryId)).id === cohort.id;
        if (!same) break;
      }
      input.onProgress?.(looked);
      if (speaker.clips.length === 0 || speaker.modelId !== modelId || areOf(speaker.stats, cohort)) continue;
      const stats = speakerStats(fromFixed(speaker.sum), cohort, speaker.uid);
      if (stats && (await services.speakers.refreshStats(speaker, stats))) refreshed += 1;
    }
    if (same && (await activeCohort(services, registryId)).id === cohort.id) return refreshed;
  }
}
