import { AppError } from "../../error.ts";
import type { SpeakerUid } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import type { Speaker } from "../../ports/speaker.ts";
import type { SpeakerView } from "../../schema/speaker.ts";
import { untilCommitted } from "../commit.ts";
import { eraseAttempts, unlockAttempts } from "../registry/attempts.ts";
import { leaveGroups } from "./group.ts";
import { newSpeaker } from "./new-speaker.ts";
import {
  changeSpeaker,
  refuseOptedOut,
  requireSpeaker,
  type SpeakerInput,
  type SpeakerKey,
  speakerKey,
} from "./speaker.ts";
import { speakerView } from "./speaker-view.ts";
import { dropClip } from "./stored-clip.ts";
import { emptySum } from "./voiceprint.ts";

type ErasureReceipt = { uid: SpeakerUid; clips: number; at: string };

/** Erases everything about a speaker, including an opt-out; the id can be used again. */
export async function eraseSpeaker(
  services: Pick<Services, "clips" | "clock" | "cohorts" | "groups" | "limits" | "random" | "speakers">,
  input: SpeakerKey,
): Promise<ErasureReceipt> {
  const speaker = await requireSpeaker(services, input);
  // Remove the speaker's row first: no request finds the speaker any more, and after a crash fsck
  // finds the rest as orphans.
  const removed = await services.speakers.remove(input.registryId, input.speakerId);
  await services.clips.removeSpeaker(input.registryId, speaker.uid);
  await services.cohorts.forget(input.registryId, speaker.uid);
  await eraseAttempts(services, speaker);
  await leaveGroups(services, input);
  if (!removed) throw new AppError("speaker-not-found", `${input.speakerId} was erased by another request.`);
  return { uid: speaker.uid, clips: speaker.clips.length, at: services.clock.now().toISOString() };
}

/**
 * Removes a speaker's clips and pauses, and keeps its uid. This also moves the speaker to the
 * running model.
 */
export async function resetSpeaker(
  services: Pick<Services, "clips" | "clock" | "cohorts" | "embedder" | "limits" | "random" | "speakers">,
  input: SpeakerInput,
): Promise<SpeakerView> {
  const { settings } = input.registry;
  const { model } = services.embedder;
  const reset = await changeSpeaker(services, speakerKey(input), (speaker) => {
    refuseOptedOut(speaker);
    return { ...speaker, ...NO_VOICE, modelId: model.modelId, sum: emptySum(model.dimension) };
  });
  await dropVoice(services, reset);
  await unlockAttempts(services, reset);
  return speakerView(reset, settings, model);
}

/** Opts a person out, enrolled or not. Keeps only the id, the uid and the opt-out itself. */
export async function optOut(
  services: Pick<Services, "clips" | "clock" | "cohorts" | "embedder" | "limits" | "random" | "speakers">,
  input: SpeakerInput,
): Promise<SpeakerView> {
  const { settings } = input.registry;
  const { model } = services.embedder;
  const { registryId, speakerId } = speakerKey(input);
  const fresh = newSpeaker(services, { registryId, speakerId });
  const optedOut = await untilCommitted(services, async () => {
    const speaker = (await services.speakers.get(registryId, speakerId)) ?? fresh;
    if (speaker.optedOut) return speaker;
    const tombstone = {
      ...fresh,
      uid: speaker.uid,
      optedOut: true,
      version: speaker.version + 1,
      createdAt: speaker.createdAt,
    };
    await services.speakers.put(tombstone);
    return tombstone;
  });
  await dropVoice(services, optedOut);
  await services.clips.removeSpeaker(registryId, optedOut.uid);
  await unlockAttempts(services, optedOut);
  return speakerView(optedOut, settings, model);
}

const NO_VOICE = { clips: [], stats: undefined } as const;

/** Removes cohort rows and unlisted clips, but keeps a clip that is being enrolled again. */
async function dropVoice(
  services: Pick<Services, "clips" | "cohorts" | "speakers">,
  speaker: Speaker,
): Promise<void> {
  await services.cohorts.forget(speaker.registryId, speaker.uid);
  const items = await services.speakers.clips(speaker.registryId, speaker.uid);
  for (const item of items) await dropClip(services, item);
}
