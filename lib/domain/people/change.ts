import { AppError } from "../../error.ts";
import type { CandidateId, SpeakerUid } from "../../id.ts";
import type { CandidateVoice, HeardPlace, MergedCandidate } from "../../ports/candidate-voice.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { CandidateView } from "../../schema/candidate.ts";
import { invalid } from "../invalid.ts";
import {
  type CandidateKey,
  type ChangeNeeds,
  changeCandidates,
  isSamePlace,
  newCandidate,
  requireCandidate,
  sharesRecording,
  withHearings,
} from "./candidate.ts";
import { candidateView } from "./view.ts";

type Needs = ChangeNeeds & Pick<Services, "clock" | "random">;
type Input = { registry: Registry; candidateId: CandidateId };

/** Jobs are kept for 30 days, and refer to a candidate that was merged. */
const POINTER_MS = 31 * 86_400_000;

/**
 * Makes one candidate of two: what `other` was heard in becomes part of the first one.
 *
 * force   merge them although somebody has said that they are different people
 * throws  `candidate-not-found`, `candidate-conflict`
 */
export async function mergeCandidates(
  services: Needs,
  input: Input & { other: CandidateId; force?: boolean | undefined },
): Promise<CandidateView> {
  const { registry, candidateId, other, force } = input;
  const { registryId } = registry;
  if (other === candidateId) throw invalid("/with", "Name another candidate voice.");
  const merged = await changeCandidates(services, registryId, (all) => {
    const [one, two] = [requireCandidate(all, candidateId), requireCandidate(all, other)];
    refuseMerge(one, two, force);
    const { uid } = (one.speaker ?? two.speaker) || {};
    const both = { candidateId, hearings: [...one.hearings, ...two.hearings] };
    if (uid)
      refusePerson(
        all.candidates.filter((each) => each !== two),
        both,
        uid,
      );
    const joined = withHearings(
      { ...one, speaker: one.speaker ?? two.speaker, heardAt: laterOf(one, two) },
      [...one.hearings, ...two.hearings],
      registry,
    );
    const isHere = (place: HeardPlace) => joined.hearings.some((hearing) => isSamePlace(hearing, place));
    const ids: readonly string[] = [candidateId, other, joined.speaker?.uid ?? ""];
    const result: CandidateVoice = {
      ...joined,
      rejected: [...new Set([...one.rejected, ...two.rejected])].filter((id) => !ids.includes(id)),
      moved: [...one.moved, ...two.moved].filter((place) => !isHere(place)),
    };
    const until = new Date(services.clock.now().getTime() + POINTER_MS).toISOString();
    const pointer: MergedCandidate = {
      ...{ candidateId: other, into: candidateId, version: two.version + 1 },
      expiresAt: until > result.expiresAt ? until : result.expiresAt,
    };
    return { change: { put: [result], merged: [pointer] }, result };
  });
  return candidateView(merged);
}

const laterOf = (one: CandidateVoice, two: CandidateVoice): string =>
  one.heardAt > two.heardAt ? one.heardAt : two.heardAt;

function refuseMerge(one: CandidateVoice, two: CandidateVoice, force: boolean | undefined): void {
  if (one.modelId !== two.modelId) throw conflict("These candidate voices were made with different models.");
  if (sharesRecording(one, two))
    throw conflict("These candidate voices were heard in the same recording, so they are two people.");
  if (one.speaker && two.speaker && one.speaker.uid !== two.speaker.uid)
    throw conflict("These candidate voices have names of different speakers.");
  if (!force && (isRejected(one, two) || isRejected(two, one)))
    throw conflict("Somebody has said that these are different people. Send `force` to merge them anyway.");
}

const isRejected = ({ rejected }: CandidateVoice, { candidateId, speaker }: CandidateVoice): boolean =>
  rejected.includes(candidateId) || (speaker !== undefined && rejected.includes(speaker.uid));

type Heard = Pick<CandidateVoice, "candidateId" | "hearings">;

/** Throws `candidate-conflict` if the speaker is another voice of a recording of this candidate. */
export function refusePerson(all: readonly CandidateVoice[], heard: Heard, uid: SpeakerUid): void {
  if (heard.hearings.some(({ others }) => others.includes(uid)))
    throw conflict("This speaker was recognized as another voice in the same recording.");
  const others = all.filter((one) => one.speaker?.uid === uid && one.candidateId !== heard.candidateId);
  if (others.some((other) => sharesRecording(other, heard)))
    throw conflict("Another voice of the same recording has the name of this speaker.");
}

export const conflict = (detail: string): AppError => new AppError("candidate-conflict", detail);

/**
 * Moves hearings that are of another person to a new candidate. The two are never merged again by
 * the service.
 *
 * throws  `candidate-not-found`; `validation-failed` for a place that the candidate doesn't
 *         have, or for all of them
 */
export async function splitCandidate(
  services: Needs,
  input: Input & { heard: readonly HeardPlace[] },
): Promise<{ candidate: CandidateView; split: CandidateView }> {
  const { registry, candidateId, heard } = input;
  const { candidate, split } = await changeCandidates(services, registry.registryId, (all) => {
    const whole = requireCandidate(all, candidateId);
    const leaves = (place: HeardPlace) => heard.some((one) => isSamePlace(one, place));
    const unknown = heard.findIndex((one) => !whole.hearings.some((hearing) => isSamePlace(hearing, one)));
    if (unknown >= 0)
      throw invalid(
        `/heard/${unknown}`,
        "The candidate voice wasn't heard there. GET /candidates/{candidateId} says where.",
      );
    const rest = whole.hearings.filter((hearing) => !leaves(hearing));
    if (rest.length === 0) throw invalid("/heard", "Leave at least one recording with the candidate voice.");
    const { registryId, modelId, sum } = whole;
    const fresh = newCandidate(services, { registryId, modelId, dimension: sum.length });
    const not = whole.speaker ? [candidateId, whole.speaker.uid] : [candidateId];
    const made = withHearings({ ...fresh, rejected: not }, whole.hearings.filter(leaves), registry);
    const left: CandidateVoice = {
      ...withHearings(whole, rest, registry),
      rejected: [...whole.rejected, made.candidateId],
      moved: [...whole.moved, ...heard.map((place) => ({ ...place, to: made.candidateId }))],
    };
    return { change: { put: [left, made] }, result: { candidate: left, split: made } };
  });
  return { candidate: candidateView(candidate), split: candidateView(split) };
}

/**
 * Remembers that a candidate is not a speaker, or not another candidate. If it has the speaker's
 * name, it loses it.
 *
 * throws  `candidate-not-found`
 */
export async function rejectCandidate(
  services: Needs,
  input: Input & { not: CandidateId | SpeakerUid },
): Promise<CandidateView> {
  const { registry, candidateId, not } = input;
  const rejected = await changeCandidates(services, registry.registryId, (all) => {
    const found = requireCandidate(all, candidateId);
    if (not === candidateId) throw invalid("/candidate", "Name another candidate voice.");
    if (not.startsWith("cnd_")) requireCandidate(all, not as CandidateId);
    const speaker = found.speaker?.uid === not ? undefined : found.speaker;
    if (found.rejected.includes(not) && speaker === found.speaker) return { result: found };
    const list = [...new Set([...found.rejected, not])];
    const next = { ...found, speaker, rejected: list, version: found.version + 1 };
    return { change: { put: [next] }, result: next };
  });
  return candidateView(rejected);
}

/** Deletes a candidate and everything about where it was heard. Throws `candidate-not-found`. */
export function deleteCandidate(
  services: ChangeNeeds,
  { registryId, candidateId }: CandidateKey,
): Promise<void> {
  return changeCandidates(services, registryId, (all) => ({
    change: { removed: [requireCandidate(all, candidateId)] },
    result: undefined,
  }));
}
