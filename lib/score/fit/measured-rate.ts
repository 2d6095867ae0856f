import type { SpeakerBootstrap } from "../rates/bootstrap.ts";
import { clopperPearson, effectiveInterval, hull } from "../rates/interval.ts";
import type { MeasuredRate } from "../scoring/types.ts";

/**
 * Returns a rate with its uncertainty. The stated interval spans three: Clopper-Pearson's, the
 * bootstrap's percentiles, and Clopper-Pearson's at the effective number of trials. That is the
 * number of independent trials that would vary as much as the drawn rates, or the number of speaker
 * pairs if no error was seen. Percentiles alone are too low for rare errors: a draw never contains
 * a pair of speakers without a trial.
 */
export function measuredRate(
  trials: number,
  speakers: number,
  bootstrap: SpeakerBootstrap,
  isError: (trial: number) => boolean,
): MeasuredRate {
  let errors = 0;
  for (let n = 0; n < trials; n++) if (isError(n)) errors++;
  const rate = errors / trials;
  const exact = clopperPearson(errors, trials);
  const spread = bootstrap.spread(isError);
  const varies = spread && spread.variance > 0 && errors > 0 && errors < trials;
  const independent = varies ? (rate * (1 - rate)) / spread.variance : bootstrap.pairs;
  const effectiveTrials = Math.min(trials, Math.max(1, independent));
  const drawn = spread && { low: spread.low, high: spread.high };
  const stated = hull(exact, effectiveInterval(rate, effectiveTrials), ...(drawn ? [drawn] : []));
  return { rate, trials, speakers, effectiveTrials, ...stated, clopperPearson: exact, bootstrap: drawn };
}
