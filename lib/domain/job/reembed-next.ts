import type { Job, JobResult } from "../../ports/job.ts";
import type { JobNeeds, Save } from "./needs.ts";
import { type ClipLoss, reembedSpeaker } from "./reembed-speaker.ts";

/**
 * Re-embeds the next speaker after `job.after` that another model made. Speakers of this model are
 * skipped without a result.
 */
export async function reembedNext(services: JobNeeds, job: Job, save: Save): Promise<void> {
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
    // The speaker was erased or re-embedded by another process since we listed it.
    if (rebuilt === 0 && lost.length === 0) return save(change);
    const clips = lost.length > 0 ? [] : speaker.clips.map(({ clipId }) => clipId);
    return save(change, { speakerId: speaker.speakerId, clips, problem: problemOf(lost) });
  }
}

function problemOf(lost: readonly ClipLoss[]): JobResult["problem"] {
  if (lost.length === 0) return undefined;
  const reasons = lost.map(({ clipId, why }) => `${clipId}: ${why}`).join(", ");
  const detail =
    `Some clips can't be re-embedded (${reasons}), so this speaker needs new recordings. ` +
    "Reset it and enroll again.";
  return { slug: "model-mismatch", detail };
}
