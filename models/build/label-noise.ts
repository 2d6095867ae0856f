import { suspectedDuplicates } from "../../lib/score/fit/suspected-duplicates.ts";
import { asNorm } from "../../lib/score/scoring/norm.ts";
import { cosine } from "../../lib/score/scoring/vector.ts";
import type { ConsistencyTrial } from "./consistency.ts";
import type { TrainClip } from "./corpus.ts";
import type { CalibrationTrial } from "./trials.ts";

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
 * Removes the impostor trials of two labels that are probably one person: the mean score of all
 * their trials as recorded is above the median genuine trial.
 */
export function withoutDuplicates(trials: readonly CalibrationTrial[]) {
  const asRecorded = trials.filter(({ enrolled, probe }) => !enrolled.called && !probe.called);
  const duplicates = duplicatesIn(
    asRecorded.map((trial) => ({
      genuine: trial.genuine,
      enrolled: trial.enrolled.speaker,
      probe: trial.probe.speaker,
      score: scoreOf(trial),
    })),
  );
  const kept = trials.filter(
    ({ enrolled, probe }) => !duplicates.includes(pairOf(enrolled.speaker, probe.speaker)),
  );
  return { duplicates, kept };
}

/** The same for trials that have their scores; those of the wide band decide. */
export function withoutSuspects(trials: readonly ConsistencyTrial[]): ConsistencyTrial[] {
  const wide = trials.filter(({ conditions }) => conditions.bandwidth === "wide");
  const duplicates = duplicatesIn(
    wide.map(({ scores, ...trial }) => ({ ...trial, score: scores["as-norm"] ?? Number.NaN })),
  );
  return trials.filter(({ enrolled, probe }) => !duplicates.includes(pairOf(enrolled, probe)));
}

type NamedTrial = Parameters<typeof suspectedDuplicates>[0][number];

function duplicatesIn(named: readonly NamedTrial[]): string[] {
  const genuine = named.filter((trial) => trial.genuine).map(({ score }) => score);
  const median = genuine.sort((a, b) => a - b)[Math.floor(genuine.length / 2)];
  return suspectedDuplicates(named, median).map((pair) => pair.join(" "));
}

const scoreOf = ({ enrolled, probe }: CalibrationTrial) =>
  asNorm(cosine(enrolled.embedding, probe.embedding), enrolled.stats, probe.stats);

const pairOf = (one: string, other: string): string => [one, other].sort().join(" ");
