import type { Interval } from "../score/rates/interval.ts";
import {
  bootstrapRates,
  percentileInterval,
  type Replicate,
  type SpeakerTrials,
} from "../score/rates/rate-intervals.ts";
import { PRIORS } from "./measures.ts";

/** 95 %, over speakers; undefined where speakers or usable replicates are too few. `minDcf`: one for each of PRIORS. */
export type Intervals = {
  eer: Interval | undefined;
  minDcf: readonly (Interval | undefined)[];
  cllr: Interval | undefined;
  minCllr: Interval | undefined;
};

/** Fewer speakers can be drawn in too few ways for an interval to mean anything. */
export const MIN_SPEAKERS = 5;
/** One seed for all: two runs agree to the last digit. */
const SEED = 2026;

/** Undefined without speakers enough, or where more than a tenth of the draws lacked one class. */
export function intervalsOf(trials: SpeakerTrials, replicates: number): Intervals | undefined {
  if (trials.speakers < MIN_SPEAKERS || replicates === 0) return undefined;
  const drawn = bootstrapRates(trials, { seed: SEED, first: 0, count: replicates, priors: PRIORS });
  if (drawn.length < 0.9 * replicates) return undefined;
  const interval = (value: (replicate: Replicate) => number) => percentileInterval(drawn.map(value));
  return {
    eer: interval(({ eer }) => eer),
    minDcf: PRIORS.map((_, p) => interval(({ minDcf }) => minDcf[p])),
    cllr: trials.cost && interval(({ cllr }) => cllr ?? Number.NaN),
    minCllr: interval(({ minCllr }) => minCllr),
  };
}
