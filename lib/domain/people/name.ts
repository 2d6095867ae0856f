import { AppError } from "../../error.ts";
import type { CandidateId, SpeakerId } from "../../id.ts";
import type { CandidateVoice, CandidateVoices } from "../../ports/candidate-voice.ts";
import type { RequestAttempt } from "../../ports/decision.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { Speaker } from "../../ports/speaker.ts";
import type { CandidateView } from "../../schema/candidate.ts";
import { requirePurpose } from "../purposes.ts";
import { createSpeaker } from "../speaker/create.ts";
import { changeSpeaker, liveSpeaker, refuseOptedOut } from "../speaker/speaker.ts";
import { type ChangeNeeds, changeCandidates, requireCandidate } from "./candidate.ts";
import { conflict, refusePerson } from "./change.ts";
import { candidateView } from "./view.ts";

type Needs = ChangeNeeds & Parameters<typeof createSpeaker>[0] & Pick<Services, "candidates">;
export type Naming = {
  registry: Registry;
  candidateId: CandidateId;
  speakerId: SpeakerId;
  /** Details of a speaker that doesn't exist yet. */
  name?: string | undefined;
  /** A reference to the person's consent, in a registry with `consentRequired`. */
  consent?: string | undefined;
  /** Name it although somebody has said that it is not this speaker. */
  force?: boolean | undefined;
  attempt?: RequestAttempt | undefined;
};

/**
 * Gives a candidate the name of a speaker, in all recordings where it was heard and will be heard.
 * Creates the speaker if there is none. The speaker's voiceprint stays as it is.
 *
 * throws  `candidate-not-found`, `candidate-conflict`, `consent-required`, `speaker-opted-out`,
 *         `speaker-not-found` for one that has expired or was erased meanwhile
 */
export async function nameCandidate(services: Needs, input: Naming): Promise<CandidateView> {
  const { registry, candidateId } = input;
  const { registryId } = registry;
  const before = await services.candidates.all(registryId);
  requireCandidate(before, candidateId);
  const speaker = await speakerFor(services, input, before);
  const named = await changeCandidates(services, registryId, (all) => {
    const found = requireCandidate(all, candidateId);
    if (found.speaker?.uid === speaker.uid) return { result: found };
    const next = namedAs(all, found, speaker, input);
    const events = [{ type: "candidate.named" as const, data: { candidateId, uid: speaker.uid } }];
    return { change: { put: [next] }, events, result: next };
  });
  // An erasure that ran meanwhile may have looked for its candidates before this one had the name.
  const { uid } = await liveSpeaker(services, input);
  if (uid !== speaker.uid)
    throw new AppError("speaker-not-found", `${input.speakerId} was erased by another request.`);
  return candidateView(named);
}

function namedAs(
  { candidates }: CandidateVoices,
  candidate: CandidateVoice,
  { speakerId, uid }: Pick<Speaker, "speakerId" | "uid">,
  { force }: Naming,
): CandidateVoice {
  refusePerson(candidates, candidate, uid);
  if (!force && candidate.rejected.includes(uid))
    throw conflict(`Somebody has said that this is not ${speakerId}. Send \`force\` to name it anyway.`);
  const rejected = candidate.rejected.filter((id) => id !== uid);
  return { ...candidate, speaker: { speakerId, uid }, rejected, version: candidate.version + 1 };
}

/** The speaker, created if there is none. Checks everything first, so a refusal creates nobody. */
async function speakerFor(services: Needs, input: Naming, before: CandidateVoices): Promise<Speaker> {
  const { registry, candidateId, speakerId, name, consent, attempt } = input;
  const { registryId, settings } = registry;
  const existing = await services.speakers.get(registryId, speakerId);
  if (existing) refuseOptedOut(existing);
  if (settings.consentRequired && !consent && !existing?.consent)
    throw new AppError("consent-required", "This registry names voices only with consent. Send `consent`.");
  requirePurpose(existing, settings, "candidates");
  if (existing) {
    namedAs(before, requireCandidate(before, candidateId), existing, input);
    if (!consent || existing.consent === consent) return liveSpeaker(services, input);
    return changeSpeaker(services, input, (speaker) => ({ ...speaker, consent }));
  }
  await createSpeaker(services, { registry, speakerId, name, consent, attempt });
  return liveSpeaker(services, input);
}
