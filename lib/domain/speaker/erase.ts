import { AppError } from "../../error.ts";
import type { RequestAttempt } from "../../ports/decision.ts";
import type { Erasure } from "../../ports/erasure.ts";
import type { Services } from "../../ports/services.ts";
import type { Speaker } from "../../ports/speaker.ts";
import type { SpeakerView } from "../../schema/speaker.ts";
import { type EventNeeds, withEvents } from "../event/outgoing.ts";
import { eraseAttempts, unlockAttempts } from "../registry/attempts.ts";
import { keepProof } from "./consent-proof.ts";
import { type ErasureReceipt, remainingAt } from "./erasure-receipt.ts";
import { forgetCandidates } from "./forget-candidates.ts";
import { leaveGroups } from "./group.ts";
import { hashOfId } from "./id-hash.ts";
import {
  changeSpeaker,
  refuseOptedOut,
  requireSpeaker,
  type SpeakerInput,
  type SpeakerKey,
} from "./speaker.ts";
import { speakerView } from "./speaker-view.ts";
import { dropClip, keepsAudio } from "./stored-clip.ts";
import { emptySum } from "./voiceprint.ts";

type EraseNeeds = TraceNeeds &
  Pick<
    Services,
    | "candidates"
    | "clips"
    | "cohorts"
    | "groups"
    | "heardProbes"
    | "optOuts"
    | "remnants"
    | "speakerRejects"
    | "speakers"
  >;

/**
 * Erases everything about a speaker. The ID can be used again, unless the speaker has opted out:
 * then a keyed hash of the ID remains. A repeated request finishes the erasure that an earlier
 * attempt has begun.
 */
export async function eraseSpeaker(
  services: EraseNeeds,
  input: SpeakerKey & { attempt?: RequestAttempt | undefined },
): Promise<ErasureReceipt> {
  const { registryId, speakerId, attempt } = input;
  const begun = await begunErasure(services, input);
  if (begun) return eraseRest(services, input, begun);
  const speaker = await requireSpeaker(services, input);
  if (speaker.optedOut)
    await services.optOuts.put(registryId, hashOfId(services.secret, registryId, speakerId));
  const erasure = await noteErasure(services, speaker, attempt);
  // Remove the speaker's row first: no request finds the speaker any more, and after a crash fsck
  // finds the rest as orphans.
  const removed = await withEvents(
    services,
    registryId,
    [{ type: "speaker.erased", data: { uid: speaker.uid } }],
    (outgoing) => services.speakers.remove(registryId, speakerId, outgoing),
  );
  const receipt = await eraseRest(services, input, erasure);
  if (!removed) throw new AppError("speaker-not-found", `${speakerId} was erased by another request.`);
  return receipt;
}

/** The erasure by an earlier attempt that has removed the speaker's row. */
async function begunErasure(
  services: EraseNeeds,
  { registryId, speakerId, attempt }: Parameters<typeof eraseSpeaker>[1],
): Promise<Erasure | undefined> {
  if (!attempt?.retry) return undefined;
  const erasures = await services.erasures.list(registryId);
  const begun = erasures.find(({ by }) => by === attempt.mark);
  const speaker = await services.speakers.get(registryId, speakerId);
  return speaker?.uid === begun?.uid ? undefined : begun;
}

async function eraseRest(
  services: EraseNeeds,
  key: SpeakerKey,
  { uid, idHash, clips, recordings }: Erasure,
): Promise<ErasureReceipt> {
  const { registryId } = key;
  await services.clips.removeSpeaker(registryId, uid);
  const cohorts = await services.cohorts.forget(registryId, uid);
  await services.heardProbes.forget(registryId, uid);
  await eraseAttempts(services, { registryId, uid });
  const candidates = await forgetCandidates(services, registryId, uid);
  const groups = await leaveGroups(services, key);
  const optedOut = await services.optOuts.has(registryId, idHash);
  const proofs = await services.consentProofs.list(registryId, idHash);
  const at = services.clock.now();
  const kept = { optedOut, proof: proofs.some((one) => one.uid === uid) };
  const remaining = remainingAt(services, at, kept);
  return {
    uid,
    clips,
    at: at.toISOString(),
    removed: { recordings, cohorts, groups, candidates },
    remaining,
  };
}

export type TraceNeeds = EventNeeds & Pick<Services, "consentProofs" | "erasures" | "registries" | "secret">;

/**
 * Queues the removal of the ID from other records. Its keyed hash finds them: the ID isn't kept.
 */
export async function noteErasure(
  services: TraceNeeds,
  speaker: Speaker,
  attempt?: RequestAttempt,
): Promise<Erasure> {
  const { registryId, speakerId, uid, clips } = speaker;
  const idHash = hashOfId(services.secret, registryId, speakerId);
  const at = services.clock.now().toISOString();
  const recordings = clips.filter(keepsAudio).length;
  await keepProof(services, speaker, { idHash, erasedAt: at });
  const erasure = { registryId, uid, idHash, at, clips: clips.length, recordings, by: attempt?.mark };
  await services.erasures.put(erasure);
  await services.backgroundTasks.add({ kind: "finish-erasures", registryId });
  return erasure;
}

/**
 * Removes a speaker's clips and pauses, and keeps its uid. This also moves the speaker to the
 * running model.
 */
export async function resetSpeaker(
  services: Pick<
    Services,
    | "candidates"
    | "clips"
    | "clock"
    | "cohorts"
    | "embedder"
    | "heardProbes"
    | "random"
    | "speakerRejects"
    | "speakers"
  >,
  input: SpeakerInput,
): Promise<SpeakerView> {
  const { settings } = input.registry;
  const { model } = services.embedder;
  const reset = await changeSpeaker(services, input, (speaker) => {
    refuseOptedOut(speaker);
    return { ...speaker, ...NO_VOICE, modelId: model.modelId, sum: emptySum(model.dimension) };
  });
  await dropVoice(services, reset);
  await unlockAttempts(services, reset);
  return speakerView(reset, settings, model);
}

const NO_VOICE = { clips: [], stats: undefined } as const;

/**
 * Removes cohort rows, heard probes and unlisted clips, but keeps a clip that is being enrolled
 * again.
 */
export async function dropVoice(
  services: Pick<
    Services,
    "candidates" | "clips" | "clock" | "cohorts" | "heardProbes" | "random" | "speakers"
  >,
  speaker: Speaker,
): Promise<void> {
  await services.cohorts.forget(speaker.registryId, speaker.uid);
  await services.heardProbes.forget(speaker.registryId, speaker.uid);
  await forgetCandidates(services, speaker.registryId, speaker.uid);
  const items = await services.speakers.clips(speaker.registryId, speaker.uid);
  for (const item of items) await dropClip(services, item);
}
