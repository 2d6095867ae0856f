import type { SpeakerTrials } from "../score/rates/groups.ts";
import type { Interval } from "../score/rates/interval.ts";
import { percentileInterval } from "../score/rates/interval.ts";
import { bootstrapRates, type Replicate } from "../score/rates/rate-intervals.ts";
import { PRIORS } from "./measures.ts";

/**
 * 95 % intervals over speakers. `minDcf`: one for each of PRIORS. Undefined where too few draws are
 * usable.
 */
export type Intervals = {
  eer: Interval | undefined;
  minDcf: readonly (Interval | undefined)[];
  cllr: Interval | undefined;
  minCllr: Interval | undefined;
};

/** With fewer speakers there are too few distinct draws for a meaningful interval. */
export const MIN_SPEAKERS = 5;
/** A fixed seed, so that two runs agree to the last digit. */
const SEED = 2026;

/**
 * Returns undefined with too few speakers, or if more than a tenth of the draws contain one class
 * only.
 */
export function intervalsOf(trials: SpeakerTrials, replicates: number): Intervals | undefined {
  if (trials.speakers < MIN_SPEAKERS || replicates === 0) return undefined;
  const usable = bootstrapRates(trials, { seed: SEED, first: 0, count: replicates, priors: PRIORS });
  if (usable.length < 0.9 * replicates) return undefined;
  const interval = (value: (replicate: Replicate) => number | undefined) =>
    percentileInterval(usable.map((replicate) => value(replicate) ?? Number.NaN));
  return {
    eer: interval(({ eer }) => eer),
    minDcf: PRIORS.map((_, p) => interval(({ minDcf }) => minDcf[p])),
    cllr: trials.cost && interval(({ cllr }) => cllr),
    minCllr: interval(({ minCllr }) => minCllr),
  };
}
