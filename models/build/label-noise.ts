import type { KnownTrial } from "../../lib/score/fit/fit.ts";
import { suspectedDuplicates } from "../../lib/score/fit/suspected-duplicates.ts";
import type { TrainClip } from "./corpus.ts";

/**
 * Corpora with unreliable speaker labels: in `mx`, clips of one label score like those of several
 * people (EER 35 %).
 */
const UNRELIABLE_LABELS = new Set(["mx"]);

/**
 * Removes corpora with unreliable labels. In a cohort, two rows of one person would count one
 * impostor twice.
 */
export const withReliableLabels = <T extends TrainClip>(clips: readonly T[]): T[] =>
  clips.filter(({ corpus }) => !UNRELIABLE_LABELS.has(corpus));

/**
 * Removes the impostor trials of two labels that are probably one person: the mean AS-Norm score of
 * their wide-band trials is above the median genuine trial.
 *
 * judged  further condition on those trials
 */
export function withoutSuspects<T extends KnownTrial>(
  trials: readonly T[],
  judged: (trial: T) => boolean = () => true,
): { pairs: string[]; kept: T[] } {
  const wide = trials.filter((trial) => trial.conditions.bandwidth === "wide" && judged(trial));
  const duplicates = duplicatesIn(
    wide.map(({ scores, ...trial }) => ({ ...trial, score: scores["as-norm"] ?? Number.NaN })),
  );
  const kept = trials.filter(({ enrolled, probe }) => !duplicates.includes(pairOf(enrolled, probe)));
  return { pairs: duplicates, kept };
}

type NamedTrial = Parameters<typeof suspectedDuplicates>[0][number];

function duplicatesIn(named: readonly NamedTrial[]): string[] {
  const genuine = named.filter((trial) => trial.genuine).map(({ score }) => score);
  const median = genuine.sort((a, b) => a - b)[Math.floor(genuine.length / 2)];
  return suspectedDuplicates(named, median).map((pair) => pair.join(" "));
}

const pairOf = (one: string, other: string): string => [one, other].sort().join(" ");
