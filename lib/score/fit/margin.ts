import { speakerBootstrap } from "../rates/bootstrap.ts";
import type { Margin } from "../scoring/types.ts";
import { measuredRate } from "./measured-rate.ts";

/**
 * A search with an enrolled person's clip among the registry: the log-likelihood ratio against the
 * person's own voiceprint (of the other clips), and against the likeliest of all others.
 */
export type Search = { speaker: string; own: number; other: number };

/**
 * One clip in a hundred may be misidentified. Fewer searches than 300 only support a higher rate
 * (the rule of 3).
 */
const TARGET = 0.01;
/**
 * If two likelihoods differ by less than a factor of two, neither is supported
 * (lib/domain/scoring/trial.ts, ENFSI).
 */
const LEAST_MARGIN = Math.LN2;
/** With fewer searches no margin is learned. */
const MIN_SEARCHES = 50;

/**
 * Returns the smallest margin between the two likeliest candidates at which at most one clip in a
 * hundred is identified as someone else. A search whose two best candidates are closer than that is
 * "ambiguous". Only the order counts here, as if every threshold were passed; with a threshold,
 * fewer clips are misidentified than stated.
 *
 * searches  one for each clip, all among `searched` voiceprints
 * returns   undefined with fewer than 50
 */
export function learnMargin(searches: readonly Search[], searched: number): Margin | undefined {
  if (searches.length < MIN_SEARCHES) return undefined;
  const target = Math.max(TARGET, 3 / searches.length);
  const wrongBy = searches.map(({ own, other }) => other - own).sort((a, b) => b - a);
  const allowed = Math.floor(target * searches.length + 1e-9);
  const llr = Math.max(LEAST_MARGIN, wrongBy[allowed]);
  const misidentified = searches.map(({ own, other }) => other - own > llr);
  const names = [...new Set(searches.map(({ speaker }) => speaker))];
  const numbers = new Map(names.map((name, i) => [name, i]));
  const speakers = Int32Array.from(searches, ({ speaker }) => numbers.get(speaker) ?? 0);
  const bootstrap = speakerBootstrap(speakers, speakers, names.length);
  return {
    llr,
    misidentified: measuredRate(searches.length, names.length, bootstrap, (n) => misidentified[n]),
    ambiguous: searches.filter(({ own, other }) => Math.abs(other - own) <= llr).length / searches.length,
    searched,
  };
}
