import { speakerBootstrap } from "../rates/bootstrap.ts";
import type { Margin } from "../scoring/types.ts";
import { measuredRate } from "./fit.ts";

/**
 * An enrolled person's clip searched among the registry: log-likelihood ratios against the own voiceprint (of the other clips)
 * and against the likeliest of all others.
 */
export type Search = { speaker: string; own: number; other: number };

/** One clip in a hundred may be named as somebody else; fewer searches than 300 carry a looser bound (the rule of 3). */
const TARGET = 0.01;
/** Likelihoods that differ by less than twice support neither (the ENFSI scale of lib/domain/scoring/trial.ts). */
const LEAST_MARGIN = Math.LN2;
/** Fewer searches than this teach nothing. */
const MIN_SEARCHES = 50;

/**
 * The smallest margin between the two likeliest candidates with which at most one clip in a hundred is named as somebody
 * else: a search whose two best are no further apart is "ambiguous". It looks at the order alone, as if every threshold
 * were passed, so with a threshold fewer are misnamed than it says.
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
  const misnamed = searches.map(({ own, other }) => other - own > llr);
  const names = [...new Set(searches.map(({ speaker }) => speaker))];
  const numbers = new Map(names.map((name, i) => [name, i]));
  const speakers = Int32Array.from(searches, ({ speaker }) => numbers.get(speaker) ?? 0);
  const bootstrap = speakerBootstrap(speakers, speakers, names.length);
  return {
    llr,
    misidentified: measuredRate(searches.length, names.length, bootstrap, (n) => misnamed[n]),
    ambiguous: searches.filter(({ own, other }) => Math.abs(other - own) <= llr).length / searches.length,
    searched,
  };
}
