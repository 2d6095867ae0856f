import type { SpeakerId } from "../../id.ts";
import type { KnownTrial } from "../../score/fit/fit.ts";
import type { CalibrationReport } from "../../score/fit/report.ts";
import { scoresBy } from "../../score/scoring/norm.ts";
import type { CohortStats, VoiceStats } from "../../score/scoring/types.ts";
import { cosine } from "../../score/scoring/vector.ts";
import { invalid } from "../invalid.ts";
import type { Side } from "../scoring/side.ts";
import { conditionsOf } from "../scoring/trial.ts";

/** One side of a trial, and whose voice it is: any name, one per person. */
export type NamedSide = Side & {
  speaker: string;
  /** For whom the side is scored against with other statistics: those whose own row in the cohort is among its nearest. */
  without?: ReadonlyMap<string, CohortStats> | undefined;
};

/** What a calibration is fitted on. */
export type CalibrationTrials = Pick<
  CalibrationReport,
  "origin" | "skippedSpeakers" | "speakers" | "usableSpeakers"
> & {
  trials: readonly KnownTrial[];
  /** Clips that were compared with everybody: their trials are [from, to), one of them genuine. Teaches the margin. */
  searches: readonly { speaker: string; from: number; to: number }[];
  /** What the registry calls the speakers whose names in the trials are uids. */
  names: ReadonlyMap<string, SpeakerId>;
  /** A sentence for people. */
  source: string;
};

export const knownTrial = (enrolled: NamedSide, probe: NamedSide): KnownTrial => ({
  genuine: enrolled.speaker === probe.speaker,
  enrolled: enrolled.speaker,
  probe: probe.speaker,
  conditions: conditionsOf(enrolled, probe),
  scores: scoresBy(cosine(enrolled.voice, probe.voice), enrolled.stats, against(probe, enrolled.speaker)),
});

/** As `verify` normalizes: the enrolled speaker's own row in the cohort counts on neither side. */
function against({ stats, without }: NamedSide, enrolled: string): VoiceStats | undefined {
  const top = without?.get(enrolled);
  return stats && top ? { ...stats, top } : stats;
}

/** A list that error rates can be measured on has both classes, and no score that is no number. */
export function requireMeasurable(trials: readonly KnownTrial[]): void {
  const genuine = trials.filter((trial) => trial.genuine).length;
  if (genuine === 0 || genuine === trials.length) {
    const lacking = genuine === 0 ? "genuine trial (label 1)" : "impostor trial (label 0)";
    throw invalid("/trials", `There is no ${lacking}; error rates need both kinds.`);
  }
  const strange = trials.findIndex(({ scores }) => !Object.values(scores).every(Number.isFinite));
  if (strange >= 0)
    throw invalid(`/trials/${strange}`, `Trial ${strange + 1} has a score that is no finite number.`);
}
