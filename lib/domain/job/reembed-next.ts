import type { Job, JobResult } from "../../ports/job.ts";
import type { JobNeeds } from "./needs.ts";
import { reembedSpeaker } from "./reembed-speaker.ts";

/** The next speaker of the registry; a voiceprint of this model needs nothing and has no result. */
export async function reembedNext(
  services: JobNeeds,
  job: Job,
  save: (change: Partial<Job>, result?: Omit<JobResult, "line">) => Promise<void>,
): Promise<void> {
  const { modelId } = services.embedder.model;
  let { after } = job;
  for (;;) {
    const { items, next } = await services.speakers.list(job.registryId, after, 1);
    const [speaker] = items;
    const outdated = speaker && speaker.clips.length > 0 && speaker.modelId !== modelId;
    if (!outdated && next === undefined) return save({ state: "done", after });
    after = next ?? after;
    if (!outdated) continue;
    const { rebuilt, lost } = await reembedSpeaker(services, speaker);
    const change = next === undefined ? { after, state: "done" as const } : { after };
    // Erased, or rebuilt by somebody else meanwhile.
    if (rebuilt === 0 && lost.length === 0) return save(change);
    const told = lost.map(({ clipId, why }) => `${clipId}: ${why}`).join(", ");
    const problem =
      lost.length === 0
        ? undefined
        : ({
            slug: "model-mismatch",
            detail: `It has to be enrolled anew, by another recording. ${told}`,
          } as const);
    const clips = problem ? [] : speaker.clips.map(({ clipId }) => clipId);
    return save(change, { speakerId: speaker.speakerId, clips, problem });
  }
}
