import type { Trial } from "../../../lib/evaluate/trial-list.ts";

/** Scores in the order of the trials, by class. */
export function classesOf(trials: readonly Trial[], scores: Float64Array) {
  return {
    genuine: scores.filter((_, t) => trials[t].target),
    impostor: scores.filter((_, t) => !trials[t].target),
  };
}
