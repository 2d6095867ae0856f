import { AppError } from "../../error.ts";
import { type CandidateId, makeTimedId, type RegistryId } from "../../id.ts";
import {
  CANDIDATE_DAYS,
  type CandidateChange,
  type CandidateVoice,
  type CandidateVoices,
  type HeardPlace,
  type Hearing,
} from "../../ports/candidate-voice.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import { addFixed } from "../../score/scoring/fixed-point.ts";
import { untilCommitted } from "../commit.ts";
import { type EventNeeds, type RegistryEvent, withEvents } from "../event/outgoing.ts";
import { emptySum } from "../speaker/voiceprint.ts";

/** Recordings of a candidate. A newer one replaces the oldest: more change a voice little. */
export const MOST_HEARINGS = 20;
const DAY_MS = 86_400_000;

export type CandidateKey = { registryId: RegistryId; candidateId: CandidateId };
export type ChangeNeeds = EventNeeds & Pick<Services, "candidates">;

/** dimension: of the model's embeddings, which need not be the running model */
export function newCandidate(
  { clock, random }: Pick<Services, "clock" | "random">,
  { registryId, modelId, dimension }: Pick<CandidateVoice, "modelId" | "registryId"> & { dimension: number },
): CandidateVoice {
  const now = clock.now();
  const at = now.toISOString();
  return {
    registryId,
    candidateId: makeTimedId("cnd", now.getTime(), random.bytes(10)),
    modelId,
    sum: emptySum(dimension),
    ...{ hearings: [], rejected: [], moved: [], version: 0, createdAt: at, heardAt: at, expiresAt: at },
  };
}

/** The candidate's next version with these hearings: the newest of each recording, and of all. */
export function withHearings(
  candidate: CandidateVoice,
  hearings: readonly Hearing[],
  { settings }: Pick<Registry, "settings">,
): CandidateVoice {
  const newest = new Map<string, Hearing>();
  for (const one of hearings.toSorted(byTime)) newest.set(one.recording, one);
  const kept = [...newest.values()].sort(byTime).slice(-MOST_HEARINGS);
  const heardAt = kept.at(-1)?.at ?? candidate.heardAt;
  return {
    ...candidate,
    hearings: kept,
    sum: kept.reduce((sum, { embedding }) => addFixed(sum, embedding, 1), emptySum(candidate.sum.length)),
    heardAt,
    expiresAt: expiryOf(heardAt, settings),
    version: candidate.version + 1,
  };
}

const byTime = (a: Hearing, b: Hearing): number => (a.at === b.at ? a.voice - b.voice : a.at < b.at ? -1 : 1);

/** When a candidate that was heard at this time expires. */
export const expiryOf = (heardAt: string, { candidateDays = CANDIDATE_DAYS }: Registry["settings"]): string =>
  new Date(Date.parse(heardAt) + candidateDays * DAY_MS).toISOString();

export const isSamePlace = (a: HeardPlace, b: HeardPlace): boolean =>
  a.recording === b.recording && a.voice === b.voice;

/** Whether two candidates were heard in one recording: then they are two people. */
export function sharesRecording(
  one: Pick<CandidateVoice, "hearings">,
  other: Pick<CandidateVoice, "hearings">,
): boolean {
  const recordings = new Set(one.hearings.map(({ recording }) => recording));
  return other.hearings.some(({ recording }) => recordings.has(recording));
}

/** Throws `candidate-not-found`. */
export function requireCandidate({ candidates }: CandidateVoices, candidateId: CandidateId): CandidateVoice {
  const found = candidates.find((one) => one.candidateId === candidateId);
  if (!found)
    throw new AppError(
      "candidate-not-found",
      `No candidate voice ${candidateId} exists. It may have been merged, deleted or expired.`,
    );
  return found;
}

type Changed<T> = { change?: CandidateChange; events?: readonly RegistryEvent[]; result: T };

/**
 * Changes candidates of a registry, and starts again from the read if another writer was faster.
 * Without a change, nothing is written.
 */
export function changeCandidates<T>(
  services: ChangeNeeds,
  registryId: RegistryId,
  decide: (all: CandidateVoices) => Changed<T> | Promise<Changed<T>>,
): Promise<T> {
  return untilCommitted(services, async () => {
    const all = await services.candidates.all(registryId);
    const { change, events = [], result } = await decide(all);
    if (change)
      await withEvents(services, registryId, events, (outgoing) =>
        services.candidates.commit(registryId, all, change, outgoing),
      );
    return result;
  });
}
