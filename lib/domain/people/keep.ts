import type { CandidateId, JobId, SpeakerUid } from "../../id.ts";
import type { CandidateChange, CandidateVoice, Hearing, Stranger } from "../../ports/candidate-voice.ts";
import type { StoredDiarization } from "../../ports/diarization.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import { scoringSetup } from "../scoring/setup.ts";
import { type ChangeNeeds, changeCandidates, newCandidate, withHearings } from "./candidate.ts";
import { assign } from "./match.ts";
import { usableCandidates } from "./named.ts";

/** Candidates of a registry. A new one replaces the unnamed one that expires first. */
export const MOST_CANDIDATES = 1000;
/** Strangers of one recording: those who speak most. A commit has to stay small. */
const MOST_STRANGERS = 40;

type Needs = ChangeNeeds &
  Pick<Services, "active" | "calibrations" | "clock" | "cohorts" | "embedder" | "speakers">;

/**
 * Adds each stranger of a recording to the candidate voice that it matches, or to a new one. Two
 * strangers of one recording are never the same person. A job that has done so already changes
 * nothing.
 *
 * others   speakers who were identified as other voices of the recording
 * far      the false-accept rate of the recording's decisions
 * returns  the candidate of each stranger, by its place among the voices
 */
export async function keepStrangers(
  services: Needs,
  input: {
    registry: Registry;
    recording: string;
    jobId?: JobId | undefined;
    strangers: readonly Stranger[];
    others: readonly SpeakerUid[];
    far: number;
  },
): Promise<ReadonlyMap<number, CandidateId>> {
  const { registry, recording, jobId, others, far } = input;
  const { registryId } = registry;
  const setup = await scoringSetup(services, registryId);
  const { modelId, dimension } = services.embedder.model;
  const own = { registryId, modelId, dimension };
  const strangers = input.strangers
    .toSorted((a, b) => b.speechSeconds - a.speechSeconds)
    .slice(0, MOST_STRANGERS);
  return changeCandidates(services, registryId, async (all) => {
    if (jobId && all.sortedJobs.includes(jobId)) return { result: placesOf(all.candidates, jobId) };
    const usable = (await usableCandidates(services, registry, all.candidates)).filter(
      (one) => one.modelId === modelId,
    );
    const assigned = assign(setup, usable, strangers, { far, taken: new Set(others) });
    const at = services.clock.now().toISOString();
    const put = strangers.map((stranger) => {
      const hearing: Hearing = { ...stranger, recording, jobId, at, others };
      const candidate = assigned.get(stranger.voice) ?? newCandidate(services, own);
      return withHearings(candidate, [...candidate.hearings, hearing], registry);
    });
    const made = put.filter(({ version }) => version === 1);
    const removed = overflow(all.candidates, made.length, new Set(put.map(idOf)));
    const change: CandidateChange = { put, removed, sortedJob: jobId };
    return {
      change,
      events: made.map(({ candidateId }) => ({
        type: "candidate.created" as const,
        data: { candidateId, recording },
      })),
      result: new Map(strangers.map(({ voice }, i) => [voice, idOf(put[i])])),
    };
  });
}

/** Keeps the strangers of a diarized recording, if any, and notes their candidates in it. */
export async function withKeptStrangers(
  services: Needs,
  diarization: StoredDiarization,
  input: Omit<Parameters<typeof keepStrangers>[1], "far" | "others" | "strangers"> & {
    strangers: { found: readonly Stranger[]; others: readonly SpeakerUid[] };
  },
): Promise<StoredDiarization> {
  const { strangers, recording } = input;
  if (strangers.found.length === 0 || !input.registry.settings.candidateVoices) return diarization;
  const { found, others } = strangers;
  const kept = await keepStrangers(services, { ...input, strangers: found, others, far: diarization.far });
  const voices = diarization.voices.map((voice, i) => ({ ...voice, candidateId: kept.get(i) }));
  return { ...diarization, recording, voices };
}

const idOf = (candidate: CandidateVoice | undefined): CandidateId => {
  if (!candidate) throw new RangeError("a stranger without a candidate");
  return candidate.candidateId;
};

/** Where an earlier turn of the job has put its strangers. */
const placesOf = (candidates: readonly CandidateVoice[], jobId: JobId): Map<number, CandidateId> =>
  new Map(
    candidates.flatMap(({ candidateId, hearings }) =>
      hearings.filter((one) => one.jobId === jobId).map(({ voice }) => [voice, candidateId] as const),
    ),
  );

/** The unnamed candidates that make room for new ones. */
const overflow = (
  candidates: readonly CandidateVoice[],
  added: number,
  kept: ReadonlySet<CandidateId>,
): CandidateVoice[] =>
  candidates
    .filter(({ candidateId, speaker }) => !speaker && !kept.has(candidateId))
    .sort((a, b) => (a.expiresAt < b.expiresAt ? -1 : 1))
    .slice(0, Math.max(0, candidates.length + added - MOST_CANDIDATES));
