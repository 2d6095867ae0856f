import { suspectedDuplicates } from "../../lib/score/fit/suspected-duplicates.ts";
import { asNorm } from "../../lib/score/scoring/norm.ts";
import { cosine } from "../../lib/score/scoring/vector.ts";
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
export const withReliableLabels = (clips: readonly TrainClip[]): TrainClip[] =>
  clips.filter(({ corpus }) => !UNRELIABLE_LABELS.has(corpus));

/**
 * Removes the impostor trials of two labels that are probably one person: the mean score of all
 * their trials as recorded is above the median genuine trial.
 */
export function withoutDuplicates(trials: readonly CalibrationTrial[]) {
  const asRecorded = trials.filter(({ enrolled, probe }) => !enrolled.called && !probe.called);
  const named = asRecorded.map((trial) => ({
    genuine: trial.genuine,
    enrolled: trial.enrolled.speaker,
    probe: trial.probe.speaker,
    score: scoreOf(trial),
  }));
  const genuine = named.filter((trial) => trial.genuine).map(({ score }) => score);
  const median = genuine.sort((a, b) => a - b)[Math.floor(genuine.length / 2)];
  const duplicates = suspectedDuplicates(named, median).map((pair) => pair.join(" "));
  const pairOf = ({ enrolled, probe }: CalibrationTrial) => namesOf(enrolled.speaker, probe.speaker);
  return { duplicates, kept: trials.filter((trial) => !duplicates.includes(pairOf(trial))) };
}

/** Removes the trials of these pairs of labels, as `withoutDuplicates` names them. */
export const withoutPairs = <T extends { enrolled: string; probe: string }>(
  trials: readonly T[],
  duplicates: readonly string[],
): T[] => trials.filter(({ enrolled, probe }) => !duplicates.includes(namesOf(enrolled, probe)));

const scoreOf = ({ enrolled, probe }: CalibrationTrial) =>
  asNorm(cosine(enrolled.embedding, probe.embedding), enrolled.stats, probe.stats);

const namesOf = (one: string, other: string): string => [one, other].sort().join(" ");
