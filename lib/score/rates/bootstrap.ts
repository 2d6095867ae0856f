import { CONFIDENCE, type Interval } from "./interval.ts";

/** With this many draws the ends of a 95 % interval vary by a twentieth of its width. */
const REPLICATES = 500;

/** Intervals of error rates over one set of trials. Speakers are drawn once, for all thresholds. */
export type SpeakerBootstrap = {
  /** Different pairs of speakers in the trials; of genuine trials, different speakers. */
  pairs: number;
  /**
   * `isError(n)`: whether trial n is an error. Undefined if no draw contains a trial: fewer than
   * two speakers.
   */
  spread(isError: (trial: number) => boolean): Spread | undefined;
};
/** Interval and variance of the drawn rates. */
type Spread = Interval & { variance: number };

/**
 * Bootstraps over speakers: draws whole speakers with replacement. A trial counts as often as both
 * of its speakers were drawn, and a genuine trial as often as its one speaker was. Trials of one
 * speaker fail together, so an interval that takes trials as independent is too narrow. This one,
 * if it errs, is too wide.
 *
 * enrolled, probe  [N] speakers as integers in [0, speakers); equal in a genuine trial
 * returns          percentiles of the drawn rates; the same in every call, since the generator is
 *                  seeded
 *
 * Source: the pigeonhole bootstrap, Owen 2007, doi:10.1214/07-AOAS122; for biometric rates Poh,
 * Martin and Bengio 2007, doi:10.1109/TPAMI.2007.55.
 */
export function speakerBootstrap(
  enrolled: Int32Array,
  probe: Int32Array,
  speakers: number,
  replicates = REPLICATES,
): SpeakerBootstrap {
  const { pairOf, pairs } = pairsOf(enrolled, probe, speakers);
  const draws = drawnSpeakers(speakers, replicates);
  const totals = draws.map((times) =>
    pairs.reduce((sum, pair) => sum + pair.trials * weight(pair, times), 0),
  );
  return {
    pairs: pairs.length,
    spread(isError) {
      const errors = new Int32Array(pairs.length);
      for (let n = 0; n < pairOf.length; n++) if (isError(n)) errors[pairOf[n]]++;
      const failing = pairs.flatMap((pair, i) => (errors[i] > 0 ? [{ ...pair, trials: errors[i] }] : []));
      const rates = draws.flatMap((times, r) => {
        if (totals[r] === 0) return [];
        let sum = 0;
        for (const pair of failing) sum += pair.trials * weight(pair, times);
        return [sum / totals[r]];
      });
      return spreadOf(Float64Array.from(rates));
    },
  };
}

type Pair = { a: number; b: number; trials: number };

const weight = ({ a, b }: Pair, times: Uint16Array): number => (a === b ? times[a] : times[a] * times[b]);

/**
 * Groups trials by pair of speakers: those of the same two, either way round, always have the same
 * weight.
 */
function pairsOf(enrolled: Int32Array, probe: Int32Array, speakers: number) {
  const index = new Map<number, number>();
  const pairs: Pair[] = [];
  const pairOf = new Int32Array(enrolled.length);
  for (let n = 0; n < enrolled.length; n++) {
    const [a, b] = enrolled[n] < probe[n] ? [enrolled[n], probe[n]] : [probe[n], enrolled[n]];
    const key = a * speakers + b;
    const at = index.get(key) ?? pairs.length;
    if (at === pairs.length) {
      index.set(key, at);
      pairs.push({ a, b, trials: 0 });
    }
    pairs[at].trials++;
    pairOf[n] = at;
  }
  return { pairOf, pairs };
}

/**
 * [replicates][speakers] how often each was drawn; the same in every call. Generator: xorshift32,
 * Marsaglia 2003, doi:10.18637/jss.v008.i14.
 */
export function drawnSpeakers(speakers: number, replicates = REPLICATES): Uint16Array[] {
  let state = 0x9e3779b9;
  return Array.from({ length: replicates }, () => {
    const times = new Uint16Array(speakers);
    for (let i = 0; i < speakers; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      times[Math.floor(((state >>> 0) / 2 ** 32) * speakers)]++;
    }
    return times;
  });
}

function spreadOf(rates: Float64Array): Spread | undefined {
  if (rates.length === 0) return undefined;
  rates.sort();
  const at = (p: number) => rates[Math.round(p * (rates.length - 1))];
  const mean = rates.reduce((sum, x) => sum + x, 0) / rates.length;
  const variance = rates.reduce((sum, x) => sum + (x - mean) ** 2, 0) / rates.length;
  return { low: at((1 - CONFIDENCE) / 2), high: at((1 + CONFIDENCE) / 2), variance };
}
