import type { ClipInput } from "../../audio/types.ts";
import type { RequestAttempt } from "../../ports/decision.ts";
import type { Services } from "../../ports/services.ts";
import type { Clip, Speaker } from "../../ports/speaker.ts";
import { sha256Of } from "../../sha256.ts";
import { clipIdOf } from "../speaker/stored-clip.ts";

/**
 * Returns the request's clips, in their order, if an earlier attempt at the same request has
 * enrolled them. They are then no duplicates, and this attempt replies as the first would have.
 * Undefined for a first attempt.
 */
export async function enrolledEarlier(
  services: Pick<Services, "speakers">,
  { attempt, clips }: { attempt?: RequestAttempt | undefined; clips: readonly ClipInput[] },
  speaker: Speaker | undefined,
): Promise<readonly Clip[] | undefined> {
  if (!attempt?.retry || !speaker) return undefined;
  const { registryId, uid } = speaker;
  const listed = new Set(speaker.clips.map(({ clipId }) => clipId));
  const found: Clip[] = [];
  for (const { bytes } of clips) {
    const clipId = clipIdOf(uid, sha256Of(bytes));
    const item = listed.has(clipId) && (await services.speakers.getClip(registryId, uid, clipId));
    if (!item || item.enrolledBy !== attempt.mark) return undefined;
    found.push(item);
  }
  return found;
}
