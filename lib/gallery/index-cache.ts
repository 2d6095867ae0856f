import type { Cohort } from "../score/scoring/types.ts";

/** Indexes to keep for each registry and model: of the cohort in use and of the one before it. */
const OF_EACH_NAME = 2;
/** Each index reserves address space, so their number is limited too. */
const MOST_INDEXES = 100;

type Kept<Index> = { name: string; index: Index };
export type IndexCache<Index> = {
  /** Returns the cached index of a name and a cohort, or makes one. */
  get(name: string, cohort: Cohort): Index;
  /** The index of each name that was used last. */
  all(): Kept<Index>[];
};

/**
 * A cache of gallery indexes.
 *
 * Drops the indexes that were used least recently while all of them together take more than
 * `mostBytes`, but never the one that is asked for.
 */
export function indexCache<Index extends { cohort: Cohort; bytes: number }>(
  make: (cohort: Cohort) => Index,
  mostBytes: number,
): IndexCache<Index> {
  /** Last used first. */
  let kept: Kept<Index>[] = [];
  const get = (name: string, cohort: Cohort) => {
    const existing = kept.find((one) => one.name === name && sameCohort(one.index.cohort, cohort));
    const first = existing ?? { name, index: make(cohort) };
    const others = kept.filter((one) => one !== first);
    let [bytes, ofName] = [first.index.bytes, 1];
    kept = [first];
    for (const one of others) {
      bytes += one.index.bytes;
      if (one.name === name) ofName += 1;
      if (bytes > mostBytes || kept.length === MOST_INDEXES) break;
      if (one.name !== name || ofName <= OF_EACH_NAME) kept.push(one);
    }
    return first.index;
  };
  const all = () => kept.filter(({ name }, i) => kept.findIndex((one) => one.name === name) === i);
  return { get, all };
}

const sameCohort = (a: Cohort, b: Cohort): boolean => a.id === b.id && (a.erased ?? 0) === (b.erased ?? 0);
