import type { SpeakerUid } from "../../id.ts";
import type { CandidateVoice, Stranger } from "../../ports/candidate-voice.ts";
import { openSetPoint } from "../../score/scoring/calibration.ts";
import { fromFixed } from "../../score/scoring/fixed-point.ts";
import { cosine } from "../../score/scoring/vector.ts";
import type { ScoringSetup } from "../scoring/setup.ts";
import { bandwidthOf, probeSide, type Side, statsFor } from "../scoring/side.ts";
import { scoreTrial, storedConditions } from "../scoring/trial.ts";

/** Candidates that are scored exactly for each voice: those with the highest cosines. */
const SCORED = 20;

/** Part of a voice that a candidate is compared with. */
type Heard = Pick<Stranger, "bandwidth" | "embedding" | "speechSeconds">;
export type Match = { candidate: CandidateVoice; score: number };

/** Who a candidate is: two candidates that were given one name are one person. */
export const personOf = ({ speaker, candidateId }: CandidateVoice): string => speaker?.uid ?? candidateId;

/**
 * The candidates that a voice is accepted as, best first: by the registry's calibration, at the
 * false-accept rate of a search among this many candidates.
 */
export function matchesOf(
  setup: ScoringSetup,
  candidates: readonly CandidateVoice[],
  heard: Heard,
  far: number,
): Match[] {
  const voice = fromFixed(heard.embedding);
  const probe = probeSide(setup, voice, heard);
  return candidates
    .map((candidate) => ({ candidate, near: cosine(fromFixed(candidate.sum), voice) }))
    .sort((a, b) => b.near - a.near)
    .slice(0, SCORED)
    .flatMap(({ candidate }) => {
      const score = acceptedScore(setup, { enrolled: candidateSide(setup, candidate), probe }, far, {
        searched: candidates.length,
      });
      return score === undefined ? [] : [{ candidate, score }];
    })
    .sort((a, b) => b.score - a.score);
}

function acceptedScore(
  setup: ScoringSetup,
  sides: { enrolled: Side; probe: Side },
  far: number,
  { searched }: { searched: number },
): number | undefined {
  const { score, table } = scoreTrial(setup, sides, undefined);
  if (!table || table.points.length === 0) return undefined;
  const point = openSetPoint(table, far, searched, storedConditions(score.conditions));
  return point && score.value >= point.threshold ? score.value : undefined;
}

function candidateSide(setup: ScoringSetup, { sum, hearings }: CandidateVoice): Side {
  const voice = fromFixed(sum);
  const speechSeconds = hearings.reduce((seconds, one) => seconds + one.speechSeconds, 0);
  const bandwidth = bandwidthOf(hearings);
  return { voice, stats: statsFor(setup, voice), speechSeconds, bandwidth, clips: hearings.length };
}

/**
 * Speakers that somebody has said a voice like this is not, each with the score of the voice as the
 * candidate of which that was said: a match with the speaker has to be better.
 */
export function rejectedFor(
  setup: ScoringSetup,
  candidates: readonly CandidateVoice[],
  heard: Heard,
  far: number,
): ReadonlyMap<SpeakerUid, number> {
  const marked = candidates.filter(({ rejected }) => rejected.some(isUid));
  const matched = marked.length === 0 ? [] : matchesOf(setup, marked, heard, far);
  const pairs = matched.flatMap(({ candidate, score }) =>
    candidate.rejected.filter(isUid).map((uid) => [uid, score] as const),
  );
  // The best scores come first. A map keeps the last one.
  return new Map(pairs.reverse());
}

const isUid = (id: string): id is SpeakerUid => id.startsWith("spk_");

/**
 * Assigns each voice of one recording to at most one person, and each person to at most one voice:
 * the best scores first. Voices without an assignment are left out.
 *
 * taken  people who are heard as other voices of the recording
 */
export function assign<Voice extends Heard & { voice: number }>(
  setup: ScoringSetup,
  candidates: readonly CandidateVoice[],
  strangers: readonly Voice[],
  { far, taken }: { far: number; taken: ReadonlySet<string> },
): Map<number, CandidateVoice> {
  const pairs = strangers
    .flatMap((stranger) =>
      matchesOf(setup, candidates, stranger, far).map((match) => ({ ...match, voice: stranger.voice })),
    )
    .sort((a, b) => b.score - a.score);
  const people = new Set(taken);
  const assigned = new Map<number, CandidateVoice>();
  for (const { candidate, voice } of pairs) {
    if (assigned.has(voice) || people.has(personOf(candidate))) continue;
    assigned.set(voice, candidate);
    people.add(personOf(candidate));
  }
  return assigned;
}
