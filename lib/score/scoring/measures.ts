import type { LlrMap, Measure, MeasureTerm, TrialConditions } from "./types.ts";

/**
 * What is known of a trial beside its score, for the likelihood ratio: natural logarithms of the shorter and the longer
 * side's seconds of net speech, and the lower signal-to-noise ratio in dB. Undefined where it is not known.
 *
 * Source: quality measure functions, Mandasari et al. 2013, doi:10.1109/TASL.2013.2279332.
 */
export function measureOf(measure: Measure, conditions: TrialConditions): number | undefined {
  if (measure === "snr") return conditions.snrDb;
  const seconds = measure === "shorter" ? conditions.seconds : conditions.longerSeconds;
  return seconds === undefined ? undefined : Math.log(Math.max(seconds, 0.1));
}

/** What the measures add to a log-likelihood ratio; each is held to the range that was fitted. */
export function measuresSum({ measures = [] }: LlrMap, conditions: TrialConditions | undefined): number {
  return measures.reduce((sum, term) => sum + term.weight * heldTo(term, conditions), 0);
}

function heldTo({ measure, from, to, typical }: MeasureTerm, conditions: TrialConditions | undefined) {
  const value = (conditions && measureOf(measure, conditions)) ?? typical;
  return Math.min(to, Math.max(from, value));
}
