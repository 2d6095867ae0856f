import type { CohortRecord, CohortVoice } from "../../ports/cohort.ts";
import type { CohortReport, CohortWarning } from "../../schema/cohort.ts";
import { MIN_VOICES } from "./record.ts";

/**
 * Two rows above this cosine are likely one person. In ecapa-c256's cohort (57,970 pairs), 64 pairs
 * are above it, all within the one corpus with unreliable speaker labels (mx); the closest other
 * pair has 0.887.
 */
const NEAR_DUPLICATE_COSINE = 0.95;
const SHOWN_PAIRS = 20;
/** How many rows to compare before yielding to other requests. */
const BATCH = 100;
/** The most rows to compare; a larger cohort is sampled evenly. */
const MOST_ROWS = 5000;
/** A share above this counts as a one-sided cohort. */
const ONE_SIDED = 0.9;

/** Reports on a cohort; awaits `pause` between batches. */
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
    ...(await rowSimilarity(record, pause)),
  };
  return { ...base, warnings: warningsOf(record, base) };
}

async function rowSimilarity({ cohort, voices }: CohortRecord, pause: () => Promise<void>) {
  const { size, dimension } = cohort;
  const step = Math.max(1, size / MOST_ROWS);
  const sampled = Array.from({ length: Math.min(size, MOST_ROWS) }, (_, i) => {
    const row = Math.floor(i * step);
    return { row, vector: cohort.rows.subarray(row * dimension, (row + 1) * dimension) };
  });
  // The cosines of 5,000 rows would take 100 MB; a histogram with bins of 1/1000 is fine enough.
  const bins = new Float64Array(2001);
  const near: { a: number; b: number; cosine: number }[] = [];
  let pairs = 0;
  let sum = 0;
  let squares = 0;
  let highest = -1;
  let count = 0;
  for (const [i, { row: a, vector }] of sampled.entries()) {
    if (i > 0 && i % BATCH === 0) await pause();
    for (const { row: b, vector: other } of sampled.slice(0, i)) {
      const cosine = dot(vector, other);
      pairs += 1;
      sum += cosine;
      squares += cosine * cosine;
      highest = Math.max(highest, cosine);
      const bin = Math.min(2000, Math.max(0, Math.round((cosine + 1) * 1000)));
      bins[bin] = (bins[bin] ?? 0) + 1;
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
  const shown = near.map(({ a, b, cosine }) => ({ a: nameOf(voices, a), b: nameOf(voices, b), cosine }));
  return { spread, nearDuplicates: { above: NEAR_DUPLICATE_COSINE, count, pairs: shown } };
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
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

function nameOf(voices: readonly CohortVoice[], row: number): string {
  const voice = voices[row];
  return voice?.label ?? voice?.owner ?? `${voice?.source ?? "cohort"} row ${row}`;
}

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
