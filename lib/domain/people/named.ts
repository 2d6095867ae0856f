import type { CandidateId } from "../../id.ts";
import type { CandidateVoice, HeardPlace } from "../../ports/candidate-voice.ts";
import type { StoredDiarization } from "../../ports/diarization.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { Speaker } from "../../ports/speaker.ts";
import { hasExpired } from "../expiry.ts";
import { allows } from "../purposes.ts";
import { isSamePlace } from "./candidate.ts";

type Needs = Pick<Services, "candidates" | "clock" | "speakers">;

/** How often a candidate may have been merged or split since a job referred to it. */
const MOST_STEPS = 50;

/** Whether a candidate may be known by the name of this speaker: the consents may have changed. */
export const mayBeNamed = (
  services: Pick<Services, "clock">,
  { settings }: Registry,
  speaker: Speaker | undefined,
): boolean =>
  speaker !== undefined &&
  !speaker.optedOut &&
  !hasExpired(services, speaker, settings) &&
  allows(speaker, settings, "candidates") &&
  allows(speaker, settings, "identify");

/** The candidate with the name it may be known by, read at this moment. */
async function named(services: Needs, registry: Registry, candidate: CandidateVoice) {
  const { speaker } = candidate;
  const found = speaker && (await services.speakers.get(registry.registryId, speaker.speakerId));
  const isKnown = found?.uid === speaker?.uid && mayBeNamed(services, registry, found);
  return { candidateId: candidate.candidateId, speakerId: isKnown ? speaker?.speakerId : undefined };
}

/** The candidates that may be merged into: unnamed ones, and those whose names may be used. */
export async function usableCandidates(
  services: Needs,
  registry: Registry,
  candidates: readonly CandidateVoice[],
): Promise<CandidateVoice[]> {
  const ids = [...new Set(candidates.flatMap(({ speaker }) => speaker?.speakerId ?? []))];
  const speakers = await services.speakers.getMany(registry.registryId, ids);
  const uids = new Set(
    speakers.flatMap((one) => (one && mayBeNamed(services, registry, one) ? [one.uid] : [])),
  );
  return candidates.filter(({ speaker }) => !speaker || uids.has(speaker.uid));
}

/** Where a voice of a recording is now: follows merges and splits. Undefined if it was deleted. */
async function currentOf(
  { candidates }: Needs,
  { registryId }: Registry,
  id: CandidateId,
  place: HeardPlace,
): Promise<CandidateVoice | undefined> {
  let next = id;
  for (let step = 0; step < MOST_STEPS; step++) {
    const found = await candidates.get(registryId, next);
    if (!found) return undefined;
    const moved = "into" in found ? found.into : found.moved.findLast((one) => isSamePlace(one, place))?.to;
    if (moved === undefined) return "into" in found ? undefined : found;
    next = moved;
  }
  return undefined;
}

/**
 * A stored diarization with the candidates of its strangers as they are now, and the names that
 * were given to them since. No stored result is rewritten.
 */
export async function withPeople(
  services: Needs,
  registry: Registry,
  diarization: StoredDiarization,
): Promise<StoredDiarization> {
  const { recording } = diarization;
  if (recording === undefined) return diarization;
  const voices = await Promise.all(
    diarization.voices.map(async ({ candidateId, ...voice }, i) => {
      const current =
        candidateId && (await currentOf(services, registry, candidateId, { recording, voice: i }));
      const known = current && (await named(services, registry, current));
      return known ? { ...voice, ...known } : voice;
    }),
  );
  return { ...diarization, voices };
}
