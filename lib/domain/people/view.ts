import type { CandidateId, RegistryId } from "../../id.ts";
import type { CandidateVoice } from "../../ports/candidate-voice.ts";
import type { Services } from "../../ports/services.ts";
import type { Page } from "../../ports/speaker.ts";
import type { CandidateView } from "../../schema/candidate.ts";
import { requireCandidate } from "./candidate.ts";

/** Without the voice itself. */
export function candidateView(candidate: CandidateVoice): CandidateView {
  const { candidateId, speaker, hearings, rejected, createdAt, heardAt, expiresAt } = candidate;
  return {
    ...{ id: candidateId, speaker: speaker?.speakerId ?? null, recordings: hearings.length },
    speechSeconds: hundredths(hearings.reduce((sum, one) => sum + one.speechSeconds, 0)),
    heard: hearings.map(({ recording, jobId, voice, at, speechSeconds, pieces }) => ({
      ...{ recording, job: jobId ?? null, voice, at, speechSeconds },
      pieces: pieces.map(([start, end]) => ({ start: start / 100, end: end / 100 })),
    })),
    ...{ rejected, createdAt, heardAt, expiresAt },
  };
}

const hundredths = (seconds: number): number => Math.round(100 * seconds) / 100;

/** A page of candidates in order of creation; `after` is the previous page's `next`. */
export async function listCandidates(
  { candidates }: Pick<Services, "candidates">,
  input: { registryId: RegistryId; limit: number; after?: string | undefined },
): Promise<Page<CandidateView>> {
  const { registryId, limit, after = "" } = input;
  const all = (await candidates.all(registryId)).candidates.filter(({ candidateId }) => candidateId > after);
  const items = all.slice(0, limit).map(candidateView);
  return { items, next: all.length > limit ? items.at(-1)?.id : undefined };
}

/** Throws `candidate-not-found`. */
export async function readCandidate(
  { candidates }: Pick<Services, "candidates">,
  { registryId, candidateId }: { registryId: RegistryId; candidateId: CandidateId },
): Promise<CandidateView> {
  return candidateView(requireCandidate(await candidates.all(registryId), candidateId));
}
