import type { RegistryId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Speaker } from "../../ports/speaker.ts";
import { everySpeaker } from "../speaker/every-speaker.ts";
import { changeStored, ignoreErased } from "../speaker/speaker.ts";
import { dropClip, keepsAudio } from "../speaker/stored-clip.ts";

type Needs = Pick<Services, "clips" | "clock" | "random" | "speakers">;

export type DroppedCounts = { speakers: number; recordings: number };

/**
 * Deletes the recordings of all speakers, and keeps embeddings and quality. Later enrollments
 * follow the registry's setting. It can be interrupted and run again: the sweep deletes a recording
 * that is no longer listed as kept.
 *
 * dryRun   count the recordings, and delete nothing
 * returns  how many recordings of how many speakers were deleted
 */
export async function dropRecordings(
  services: Needs,
  { registryId, dryRun = false }: { registryId: RegistryId; dryRun?: boolean | undefined },
): Promise<DroppedCounts> {
  const dropped = { speakers: 0, recordings: 0 };
  for await (const speaker of everySpeaker(services, registryId)) {
    const kept = speaker.clips.filter(keepsAudio);
    if (kept.length === 0) continue;
    dropped.speakers += 1;
    dropped.recordings += kept.length;
    if (dryRun) continue;
    await dropAudio(services, speaker).catch(ignoreErased);
  }
  return dropped;
}

async function dropAudio(
  services: Needs,
  { registryId, speakerId }: Pick<Speaker, "registryId" | "speakerId">,
): Promise<void> {
  const { uid, clips } = await changeStored(services, { registryId, speakerId }, (speaker) => ({
    ...speaker,
    clips: speaker.clips.map((clip) => ({ ...clip, audioKept: false as const })),
  }));
  for (const { clipId } of clips) await dropClip(services, { registryId, uid, clipId });
}
