import type { LlrMap, Measure, MeasureTerm, TrialConditions } from "./types.ts";

const MEASURED: Record<Measure, (conditions: TrialConditions) => number | undefined> = {
  shorter: ({ seconds }) => logSeconds(seconds),
  longer: ({ longerSeconds }) => logSeconds(longerSeconds),
  snr: ({ snrDb }) => snrDb,
  clips: ({ enrolledClips }) => enrolledClips && Math.log(enrolledClips),
  cohortMean: ({ cohort }) => cohort?.mean,
  cohortSpread: ({ cohort }) => cohort?.std,
  crossBand: ({ crossBand }) => (crossBand === undefined ? undefined : Number(crossBand)),
};

const logSeconds = (seconds: number | undefined) =>
  seconds === undefined ? undefined : Math.log(Math.max(seconds, 0.1));

/**
 * Returns a trial's quality measure for the likelihood ratio: the natural logarithm of the shorter
 * or longer side's seconds of net speech or of the number of enrolled clips, the lower
 * signal-to-noise ratio in dB, mean or std of the nearest cohort voices' cosines, or 1 if only one
 * side is telephone speech and else 0. Undefined if it isn't known.
 *
 * Source: quality measure functions, Mandasari et al. 2013, doi:10.1109/TASL.2013.2279332; with the
 * mean of the nearest cohort scores: Thienpondt et al. 2021, arXiv:2010.12468.
 */
export const measureOf = (measure: Measure, conditions: TrialConditions): number | undefined =>
  MEASURED[measure](conditions);

/** Returns what the measures add to a log-likelihood ratio. Each is clamped to the fitted range. */
export function measuresSum({ measures = [] }: LlrMap, conditions: TrialConditions | undefined): number {
  return measures.reduce((sum, term) => sum + term.weight * clampedMeasure(term, conditions), 0);
}

function clampedMeasure(
  { measure, from, to, typical }: MeasureTerm,
  conditions: TrialConditions | undefined,
): number {
  const value = (conditions && measureOf(measure, conditions)) ?? typical;
  return Math.min(to, Math.max(from, value));
}
