import type { SpeakerId } from "../../id.ts";
import type { KnownTrial } from "../../score/fit/fit.ts";
import type { CalibrationReport } from "../../score/fit/report.ts";
import { scoresBy } from "../../score/scoring/norm.ts";
import type { CohortStats, VoiceStats } from "../../score/scoring/types.ts";
import { cosine } from "../../score/scoring/vector.ts";
import { invalid } from "../invalid.ts";
import type { Side } from "../scoring/side.ts";
import { conditionsOf } from "../scoring/trial.ts";

/** One side of a trial with its speaker. Any name is fine as long as each person has one. */
export type NamedSide = Side & {
  speaker: string;
  /**
   * Statistics without one cohort row, by the speaker who owns that row. It has an entry for each
   * owner whose row is among the nearest.
   */
  without?: ReadonlyMap<string, CohortStats> | undefined;
};

/**
 * Called, and awaited, after each part of a stage. `done` and `total` count speakers or trials
 * while scoring, and kinds of trial while fitting.
 */
export type FitProgress = (stage: "scoring" | "fitting", done: number, total: number) => void | Promise<void>;

/** The scored trials that a calibration is fitted on. */
export type CalibrationTrials = Pick<
  CalibrationReport,
  "origin" | "skippedSpeakers" | "speakers" | "usableSpeakers"
> & {
  trials: readonly KnownTrial[];
  /**
   * Clips that were compared with every speaker: their trials are [from, to), one of them genuine.
   * The identification margin is learned from them.
   */
  searches: readonly { speaker: string; from: number; to: number }[];
  /** Speaker ids by the uids that the trials use as names. */
  names: ReadonlyMap<string, SpeakerId>;
  /** Where the trials came from, as text for people. */
  source: string;
};

export const knownTrial = (enrolled: NamedSide, probe: NamedSide): KnownTrial => ({
  genuine: enrolled.speaker === probe.speaker,
  enrolled: enrolled.speaker,
  probe: probe.speaker,
  conditions: conditionsOf(enrolled, probe),
  scores: scoresBy(
    cosine(enrolled.voice, probe.voice),
    enrolled.stats,
    statsAgainst(probe, enrolled.speaker),
  ),
});

/** Like `verify`, leaves the enrolled speaker's own cohort row out of the probe's statistics. */
function statsAgainst({ stats, without }: NamedSide, enrolled: string): VoiceStats | undefined {
  const top = without?.get(enrolled);
  return stats && top ? { ...stats, top } : stats;
}

/** Throws `validation-failed` unless both kinds of trials are present and every score is finite. */
export function requireMeasurable(trials: readonly KnownTrial[]): void {
  const genuine = trials.filter((trial) => trial.genuine).length;
  if (genuine === 0 || genuine === trials.length) {
    const missing = genuine === 0 ? "genuine trial (label 1)" : "impostor trial (label 0)";
    throw invalid("/trials", `There is no ${missing}; error rates need both kinds.`);
  }
  const wrong = trials.findIndex(({ scores }) => !Object.values(scores).every(Number.isFinite));
  if (wrong >= 0)
    throw invalid(`/trials/${wrong}`, `Trial ${wrong + 1} has a score that is not a finite number.`);
}
