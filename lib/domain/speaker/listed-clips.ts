import type { Services } from "../../ports/services.ts";
import type { Clip, Speaker } from "../../ports/speaker.ts";

/** The items of the clips that count: those that the speaker lists. What an enrollment left behind is none of them. */
export async function listedClips(
  { speakers }: Pick<Services, "speakers">,
  speaker: Speaker,
): Promise<readonly Clip[]> {
  const listed = new Set(speaker.clips.map(({ clipId }) => clipId));
  const items = listed.size > 0 ? await speakers.clips(speaker.registryId, speaker.uid) : [];
  return items.filter(({ clipId }) => listed.has(clipId));
}
