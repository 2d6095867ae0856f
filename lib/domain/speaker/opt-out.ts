import type { Secrets, Services } from "../../ports/services.ts";
import type { SpeakerView } from "../../schema/speaker.ts";
import { untilCommitted } from "../commit.ts";
import { withEvents } from "../event/outgoing.ts";
import { unlockAttempts } from "../registry/attempts.ts";
import { keepProof } from "./consent-proof.ts";
import { dropVoice, noteErasure, type TraceNeeds } from "./erase.ts";
import { hashesOfId, hashOfId } from "./id-hash.ts";
import { newSpeaker } from "./new-speaker.ts";
import { type SpeakerInput, type SpeakerKey, speakerKey } from "./speaker.ts";
import { speakerView } from "./speaker-view.ts";

/** Opts a person out, enrolled or not. Keeps only the id, the uid and the opt-out itself. */
export async function optOut(
  services: TraceNeeds &
    Pick<
      Services,
      "candidates" | "clips" | "cohorts" | "embedder" | "heardProbes" | "speakerRejects" | "speakers"
    >,
  input: SpeakerInput,
): Promise<SpeakerView> {
  const { settings } = input.registry;
  const { model } = services.embedder;
  const { registryId, speakerId } = speakerKey(input);
  const fresh = newSpeaker(services, { registryId, speakerId });
  const optedOut = await untilCommitted(services, async () => {
    const speaker = (await services.speakers.get(registryId, speakerId)) ?? fresh;
    if (speaker.optedOut) return speaker;
    const idHash = hashOfId(services.secret, registryId, speakerId);
    await keepProof(services, speaker, { idHash, erasedAt: services.clock.now().toISOString() });
    const tombstone = {
      ...fresh,
      uid: speaker.uid,
      optedOut: true,
      version: speaker.version + 1,
      createdAt: speaker.createdAt,
    };
    await withEvents(
      services,
      registryId,
      [{ type: "speaker.opted-out", data: { uid: speaker.uid } }],
      (outgoing) => services.speakers.put(tombstone, outgoing),
    );
    return tombstone;
  });
  await dropVoice(services, optedOut);
  await services.clips.removeSpeaker(registryId, optedOut.uid);
  await unlockAttempts(services, optedOut);
  await noteErasure(services, optedOut);
  return speakerView(optedOut, settings, model);
}

/** Lifts an opt-out, also of an erased speaker. Does nothing if there is none. */
export async function liftOptOut(
  services: Pick<Services, "optOuts" | "speakers"> & Secrets,
  { registryId, speakerId }: SpeakerKey,
): Promise<void> {
  for (const hash of hashesOfId(services, registryId, speakerId))
    await services.optOuts.remove(registryId, hash);
  const speaker = await services.speakers.get(registryId, speakerId);
  if (speaker?.optedOut) await services.speakers.remove(registryId, speakerId);
}
