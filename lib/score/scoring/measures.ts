import type { LlrMap, Measure, MeasureTerm, TrialConditions } from "./types.ts";

/**
 * Returns a trial's quality measure for the likelihood ratio: the natural logarithm of the shorter
 * or longer side's seconds of net speech, or the lower signal-to-noise ratio in dB. Undefined if it
 * isn't known.
 *
 * Source: quality measure functions, Mandasari et al. 2013, doi:10.1109/TASL.2013.2279332.
 */
export function measureOf(measure: Measure, conditions: TrialConditions): number | undefined {
  if (measure === "snr") return conditions.snrDb;
  const seconds = measure === "shorter" ? conditions.seconds : conditions.longerSeconds;
  return seconds === undefined ? undefined : Math.log(Math.max(seconds, 0.1));
}

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
