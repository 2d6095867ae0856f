import type { RegistryId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import { fromFixed } from "../../score/scoring/fixed-point.ts";
import { matchesCohort, speakerStats } from "../../score/scoring/norm.ts";
import { activeCohort } from "../scoring/setup.ts";
import { everySpeaker } from "../speaker/every-speaker.ts";

/** How many speakers to process before yielding and reading the active cohort again. */
const BATCH = 50;

/**
 * Recomputes the statistics stored with the voiceprints against the active cohort. This only saves
 * time: a request computes its own statistics for a speaker that has those of another cohort. It
 * can be interrupted, repeated, and run twice in parallel. If the active cohort changes, it starts
 * over with the new one.
 *
 * signal   stop at the next speaker
 * returns  how many speakers were updated; one that a concurrent write updated is not counted
 */
export async function refreshStatistics(
  services: Pick<Services, "active" | "clock" | "cohorts" | "embedder" | "speakers">,
  input: {
    registryId: RegistryId;
    onProgress?: ((done: number) => void) | undefined;
    signal?: AbortSignal | undefined;
  },
): Promise<number> {
  const { registryId } = input;
  const { modelId } = services.embedder.model;
  for (;;) {
    const cohort = await activeCohort(services, registryId);
    let refreshed = 0;
    let done = 0;
    let same = true;
    for await (const speaker of everySpeaker(services, registryId)) {
      if (input.signal?.aborted) return refreshed;
      done += 1;
      if (done % BATCH === 0) {
        await services.clock.sleep(0);
        same = (await activeCohort(services, registryId)).id === cohort.id;
        if (!same) break;
      }
      input.onProgress?.(done);
      if (speaker.clips.length === 0 || speaker.modelId !== modelId || matchesCohort(speaker.stats, cohort))
        continue;
      const stats = speakerStats(fromFixed(speaker.sum), cohort, speaker.uid);
      if (stats && (await services.speakers.refreshStats(speaker, stats))) refreshed += 1;
    }
    if (!same || (await activeCohort(services, registryId)).id !== cohort.id) continue;
    if (refreshed > 0) await services.speakers.noteRefreshedStats(registryId);
    return refreshed;
  }
}
