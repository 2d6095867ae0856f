import type { ClipInput } from "../audio/types.ts";
import { AppError } from "../error.ts";
import type { Services } from "../ports.ts";
import { requireSpeaker, type SpeakerKey } from "./speaker.ts";

/** An enrolled clip's audio: only one that its speaker lists. */
export async function storedRecording(
  services: Pick<Services, "clips" | "speakers">,
  input: SpeakerKey & { clipId: string },
): Promise<ClipInput> {
  const { registryId } = input;
  const { uid, clips } = await requireSpeaker(services, input);
  const listed = clips.find((one) => one.clipId === input.clipId);
  const bytes = listed && (await services.clips.get(registryId, uid, listed.clipId));
  const item = listed && (await services.speakers.getClip(registryId, uid, listed.clipId));
  if (!bytes || !item) throw new AppError("clip-not-found", `${input.speakerId} has no such clip.`);
  return { bytes, mediaType: item.mediaType, channel: item.channel };
}
