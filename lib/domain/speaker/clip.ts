import { AppError } from "../../error.ts";
import type { ClipId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Speaker } from "../../ports/speaker.ts";
import type { ClipView, SpeakerView } from "../../schema/speaker.ts";
import { addFixed } from "../../score/scoring/fixed-point.ts";
import type { Cohort } from "../../score/scoring/types.ts";
import { activeCohort } from "../scoring/setup.ts";
import { changeSpeaker, liveSpeaker, type SpeakerInput } from "./speaker.ts";
import { clipView, speakerView } from "./speaker-view.ts";
import { dropClip } from "./stored-clip.ts";
import { withVoiceprint } from "./voiceprint.ts";

/** The clips of the voiceprint, in enrollment order. */
export async function listClips(
  services: Pick<Services, "clock" | "speakers">,
  input: SpeakerInput,
): Promise<readonly ClipView[]> {
  const speaker = await liveSpeaker(services, input);
  const items = await services.speakers.clips(speaker.registryId, speaker.uid);
  const byId = new Map(items.map((item) => [item.clipId, item]));
  // A clip may be deleted between the two reads. fsck reports clips that are really missing.
  return speaker.clips.flatMap((listed) => {
    const item = byId.get(listed.clipId);
    return item ? [clipView(item, listed)] : [];
  });
}

/** Deletes a clip. The voiceprint is then exactly what it would be without the clip. */
export async function deleteClip(
  services: Pick<Services, "active" | "clips" | "clock" | "cohorts" | "embedder" | "random" | "speakers">,
  input: SpeakerInput & { clipId: ClipId },
): Promise<SpeakerView> {
  const { registry, clipId } = input;
  const { registryId, settings } = registry;
  const { model } = services.embedder;
  const cohort = await activeCohort(services, registryId);
  const changed = await changeSpeaker(services, input, (speaker) =>
    speakerWithout(services, speaker, clipId, cohort),
  );
  await dropClip(services, { registryId, uid: changed.uid, clipId });
  if (changed.clips.length === 0) await services.cohorts.forget(registryId, changed.uid);
  return speakerView(changed, settings, model);
}

async function speakerWithout(
  services: Pick<Services, "speakers">,
  speaker: Speaker,
  clipId: ClipId,
  cohort: Cohort,
): Promise<Speaker> {
  if (!speaker.clips.some((clip) => clip.clipId === clipId))
    throw new AppError("clip-not-found", `${speaker.speakerId} has no clip ${clipId}.`);
  const item = await services.speakers.getClip(speaker.registryId, speaker.uid, clipId);
  if (!item) throw await missingItem(services, speaker, clipId);
  const sum = addFixed(speaker.sum, item.embedding, -1);
  const clips = speaker.clips.filter((clip) => clip.clipId !== clipId);
  // Another model's voiceprint has no statistics against this model's cohort.
  if (speaker.modelId !== cohort.modelId) return { ...speaker, sum, clips, stats: undefined };
  return withVoiceprint(speaker, { sum, clips }, cohort);
}

/** `write-contention` if the speaker changed since it was read; else the store lost the clip. */
async function missingItem(
  services: Pick<Services, "speakers">,
  speaker: Speaker,
  clipId: ClipId,
): Promise<Error> {
  const now = await services.speakers.get(speaker.registryId, speaker.speakerId);
  if (now?.uid !== speaker.uid || now.version !== speaker.version)
    return new AppError("write-contention", `${speaker.speakerId} changed during the request. Try again.`);
  return new RangeError(`the item of clip ${clipId} of ${speaker.uid} is missing; run voiceroll fsck`);
}
