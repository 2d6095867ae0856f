import type { Services } from "../../ports/services.ts";
import type { Clip, Speaker } from "../../ports/speaker.ts";

/**
 * The stored clips that the speaker lists; skips what an interrupted enrollment has left behind.
 */
export async function listedClips(
  { speakers }: Pick<Services, "speakers">,
  speaker: Speaker,
): Promise<readonly Clip[]> {
  const listed = new Set(speaker.clips.map(({ clipId }) => clipId));
  const items = listed.size > 0 ? await speakers.clips(speaker.registryId, speaker.uid) : [];
  return items.filter(({ clipId }) => listed.has(clipId));
}
