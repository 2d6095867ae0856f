import type { CohortRecord, CohortVoice } from "../../ports/cohort.ts";
import { MIN_VOICES } from "./record.ts";

/**
 * Two rows more alike than this are likely one person. Measured on ecapa-c256's cohort (57,970 pairs): 64 are closer, all
 * within the one corpus whose speaker labels do not hold (mx); of the others the closest has 0.887.
 */
const NEAR_DUPLICATE_COSINE = 0.95;
const SHOWN_PAIRS = 20;
/** Pairs are counted in pieces, and others get their turn in between. */
const ROWS_AT_ONCE = 100;
/** Rows whose pairs are counted; of more, this many evenly spread. */
const MOST_ROWS = 5000;
/** One kind of voice beyond this share is most of the cohort. */
const ONE_SIDED = 0.9;

export type CohortWarning =
  | "few-voices"
  | "near-duplicates"
  | "one-bandwidth"
  | "one-language"
  | "too-small-to-normalize"
  | "voices-erased";

/** Is a cohort fit to normalize by? */
export type CohortReport = {
  sources: Record<CohortVoice["source"], number>;
  /** Voices by language; "unknown" where nobody said. */
  languages: Readonly<Record<string, number>>;
  bandwidths: Record<"telephone" | "unknown" | "wide", number>;
  /** Of the cosines between two different rows. A cohort of one kind of voice has a high mean and little spread. */
  spread: { pairs: number; mean: number; std: number; p95: number; highest: number } | null;
  nearDuplicates: {
    above: number;
    count: number;
    /** The closest 20, by row. */
    pairs: readonly { a: string; b: string; cosine: number }[];
  };
  warnings: readonly CohortWarning[];
};

/** `pause` is awaited between pieces of the work. */
export async function cohortReport(
  record: CohortRecord,
  pause: () => Promise<void> = async () => undefined,
): Promise<CohortReport> {
  const { voices } = record;
  const counted = <Key extends string>(keys: readonly Key[]) => {
    const counts: Partial<Record<Key, number>> = {};
    for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
    return counts;
  };
  const zero = { telephone: 0, wide: 0, unknown: 0 };
  const base = {
    sources: { bundled: 0, clips: 0, registry: 0, ...counted(voices.map(({ source }) => source)) },
    languages: counted(voices.map(({ language }) => language ?? "unknown")) as Record<string, number>,
    bandwidths: { ...zero, ...counted(voices.map(({ bandwidth }) => bandwidth ?? "unknown")) },
    ...(await alikeness(record, pause)),
  };
  return { ...base, warnings: warningsOf(record, base) };
}

async function alikeness({ cohort, voices }: CohortRecord, pause: () => Promise<void>) {
  const { size, dimension, rows } = cohort;
  const step = Math.max(1, size / MOST_ROWS);
  const chosen = Array.from({ length: Math.min(size, MOST_ROWS) }, (_, i) => Math.floor(i * step));
  // A histogram, since the cosines of 5,000 rows would take 100 MB: bins of 1/1000 are fine enough for a percentile.
  const bins = new Float64Array(2001);
  const near: { a: number; b: number; cosine: number }[] = [];
  let [pairs, sum, squares, highest, count] = [0, 0, 0, -1, 0];
  for (const [i, a] of chosen.entries()) {
    if (i > 0 && i % ROWS_AT_ONCE === 0) await pause();
    for (const b of chosen.slice(0, i)) {
      let cosine = 0;
      for (let d = 0; d < dimension; d++) cosine += rows[a * dimension + d] * rows[b * dimension + d];
      pairs += 1;
      sum += cosine;
      squares += cosine * cosine;
      highest = Math.max(highest, cosine);
      bins[Math.min(2000, Math.max(0, Math.round((cosine + 1) * 1000)))] += 1;
      if (cosine <= NEAR_DUPLICATE_COSINE) continue;
      count += 1;
      near.push({ a, b, cosine });
      if (near.length > 2 * SHOWN_PAIRS) keepClosest(near);
    }
  }
  keepClosest(near);
  const mean = sum / pairs;
  const std = Math.sqrt(Math.max(0, squares / pairs - mean * mean));
  const spread = pairs === 0 ? null : { pairs, mean, std, p95: percentile(bins, 0.95 * pairs), highest };
  const shown = near.map(({ a, b, cosine }) => ({
    a: nameOf(voices[a], a),
    b: nameOf(voices[b], b),
    cosine,
  }));
  return { spread, nearDuplicates: { above: NEAR_DUPLICATE_COSINE, count, pairs: shown } };
}

function keepClosest(near: { cosine: number }[]): void {
  near.sort((a, b) => b.cosine - a.cosine);
  near.length = Math.min(near.length, SHOWN_PAIRS);
}

function percentile(bins: Float64Array, rank: number): number {
  let below = 0;
  const at = bins.findIndex((count) => {
    below += count;
    return below >= rank;
  });
  return at / 1000 - 1;
}

const nameOf = ({ label, owner, source }: CohortVoice, row: number): string =>
  label ?? owner ?? `${source} row ${row}`;

function warningsOf(
  { size, topN, erased, cohort }: CohortRecord,
  {
    languages,
    bandwidths,
    nearDuplicates,
  }: Pick<CohortReport, "bandwidths" | "languages" | "nearDuplicates">,
): CohortWarning[] {
  const oneSided = (counts: readonly number[]) => Math.max(...counts) > ONE_SIDED * size;
  const { unknown = 0, ...known } = languages;
  const warnings: Record<CohortWarning, boolean> = {
    "few-voices": size < 10 * MIN_VOICES,
    "near-duplicates": nearDuplicates.count > 0,
    "one-bandwidth": oneSided([bandwidths.telephone, bandwidths.wide]),
    "one-language": unknown < size && oneSided(Object.values(known)),
    "too-small-to-normalize": size - (cohort.owners?.some(Boolean) ? 1 : 0) < Math.max(2, topN),
    "voices-erased": erased > 0,
  };
  return (Object.keys(warnings) as CohortWarning[]).filter((warning) => warnings[warning]);
}
