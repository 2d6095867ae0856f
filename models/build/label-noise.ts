import { asNorm } from "../../lib/score/norm.ts";
import { cosine } from "../../lib/score/vector.ts";
import type { CalibrationTrial } from "./trials.ts";

/** Corpora whose speaker labels do not hold: in `mx`, clips of one label score like those of several people (EER 35 %). */
export const UNRELIABLE_LABELS = new Set(["mx"]);

/**
 * Without the impostor trials of two labels that are most likely one person: over all their trials as recorded they score,
 * on the mean, above the median genuine trial. Left in, one such pair alone sets every threshold below a FAR of 1 %.
 */
export function withoutTwins(trials: readonly CalibrationTrial[]) {
  const asRecorded = trials.filter(({ enrolled, probe }) => !enrolled.called && !probe.called);
  const genuine = asRecorded.filter((trial) => trial.genuine).map(scoreOf);
  const median = genuine.sort((a, b) => a - b)[Math.floor(genuine.length / 2)];
  const pairs = new Map<string, number[]>();
  for (const trial of asRecorded.filter((one) => !one.genuine)) {
    const pair = pairOf(trial);
    pairs.set(pair, [...(pairs.get(pair) ?? []), scoreOf(trial)]);
  }
  const mean = (scores: readonly number[]) => scores.reduce((sum, x) => sum + x, 0) / scores.length;
  const twins = [...pairs].filter(([, scores]) => mean(scores) > median).map(([pair]) => pair);
  return { twins, kept: trials.filter((trial) => trial.genuine || !twins.includes(pairOf(trial))) };
}

const scoreOf = ({ enrolled, probe }: CalibrationTrial) =>
  asNorm(cosine(enrolled.embedding, probe.embedding), enrolled.stats, probe.stats);

const pairOf = ({ enrolled, probe }: CalibrationTrial) => [enrolled.speaker, probe.speaker].sort().join(" ");
