import type { SpeakerUid } from "../../id.ts";
import {
  type Cohort,
  type CohortStats,
  METHODS,
  type Method,
  type SpeakerStats,
  type VoiceStats,
} from "./types.ts";
import type { UnitVector } from "./vector.ts";

/** The smallest std used as a divisor. A smaller one would inflate every score. */
const MIN_STD = 1e-3;

/** Whether a cohort has enough voices to normalize, even without one speaker's own row. */
export function normalizes({ size, topN, owners }: Pick<Cohort, "owners" | "size" | "topN">): boolean {
  const ofSpeakers = owners?.some((owner) => owner !== undefined) === true;
  return size - (ofSpeakers ? 1 : 0) >= Math.max(2, topN);
}

/**
 * Returns how one voice scores against a cohort: against all of it (Z-, T- and S-Norm) and against
 * its topN nearest (AS-Norm).
 *
 * voice   [D] unit length, D = cohort.dimension; else RangeError
 * self    a speaker on either side of the trial; that speaker's own row isn't an impostor and is
 *         left out
 * returns means in [-1, 1] and population std (divisor: the count) in cosine units, at least 1e-3;
 * undefined if the cohort has fewer than max(2, topN) voices, not counting the speaker's own
 *
 * Source: Matejka et al. 2017, doi:10.21437/Interspeech.2017-803 (S-Norm, and AS-Norm with the
 * nearest topN). The divisor is the one of wespeaker; speechbrain divides by the count less 1.
 */
export function voiceStats(voice: UnitVector, cohort: Cohort, self?: SpeakerUid): VoiceStats | undefined {
  const { dimension, topN } = cohort;
  if (voice.length !== dimension) throw new RangeError(`dimensions ${voice.length} and ${dimension}`);
  if (!normalizes(cohort)) return undefined;
  const cosines = cosinesTo(voice, cohort, self);
  return { all: statsOf(cosines), top: statsOf(highest(cosines, topN)) };
}

/**
 * Returns `top` without the speaker's own row, for each speaker whose row is among the probe's topN
 * nearest. For all other speakers `top` is that of `voiceStats`. This gives the same numbers as
 * calling `voiceStats` with `self` for each speaker, at the cost of one call.
 *
 * excluded  one more speaker to leave out: the probe's own, in trials made of enrolled clips
 */
export function topWithout(
  voice: UnitVector,
  cohort: Cohort,
  excluded?: SpeakerUid,
): Map<SpeakerUid, CohortStats> {
  const { topN, owners = [] } = cohort;
  const without = new Map<SpeakerUid, CohortStats>();
  if (!normalizes(cohort) || owners.every((owner) => owner === undefined)) return without;
  const cosines = cosinesTo(voice, cohort, undefined);
  const others = excluded ? cosines.filter((_, row) => owners[row] !== excluded) : cosines;
  // Without a speaker's row there must be another to take its place among the topN.
  if (others.length < topN + 1) return without;
  const nearest = highest(others, topN + 1);
  const lowestOfTopN = nearest[1];
  for (const [row, owner] of owners.entries()) {
    if (owner === undefined || owner === excluded || cosines[row] < lowestOfTopN) continue;
    const at = nearest.indexOf(cosines[row]);
    without.set(owner, statsOf(nearest.filter((_, i) => i !== at)));
  }
  return without;
}

/** Whether these statistics are against the cohort in its current state. */
export function matchesCohort(
  stats: SpeakerStats | undefined,
  cohort: Pick<Cohort, "erased" | "id">,
): boolean {
  return stats?.cohortId === cohort.id && (stats.erased ?? 0) === (cohort.erased ?? 0);
}

/** Returns the statistics to store with a voiceprint; undefined if the cohort doesn't normalize. */
export function speakerStats(voice: UnitVector, cohort: Cohort, self: SpeakerUid): SpeakerStats | undefined {
  const stats = voiceStats(voice, cohort, self);
  return stats && { cohortId: cohort.id, ...(cohort.erased ? { erased: cohort.erased } : {}), voice: stats };
}

function cosinesTo(voice: UnitVector, cohort: Cohort, self: SpeakerUid | undefined): Float64Array {
  const { size, dimension, rows } = cohort;
  const cosines = new Float64Array(size);
  let count = 0;
  for (let row = 0; row < size; row++) {
    if (self !== undefined && cohort.owners?.[row] === self) continue;
    const start = row * dimension;
    let sum = 0;
    for (let i = 0; i < dimension; i++) sum += voice[i] * rows[start + i];
    cosines[count] = sum;
    count++;
  }
  return cosines.subarray(0, count);
}

function statsOf(cosines: Float64Array): CohortStats {
  let sum = 0;
  for (const c of cosines) sum += c;
  const mean = sum / cosines.length;
  let squares = 0;
  for (const c of cosines) squares += (c - mean) ** 2;
  return { mean, std: Math.max(Math.sqrt(squares / cosines.length), MIN_STD) };
}

/** Sorts natively: 5,000 cosines take 0.3 ms, as fast as a heap in JavaScript at these sizes. */
function highest(cosines: Float64Array, count: number): Float64Array {
  return cosines
    .slice()
    .sort()
    .subarray(cosines.length - count);
}

const z = (raw: number, stats: CohortStats): number => (raw - stats.mean) / stats.std;

/**
 * Converts a raw cosine to deviations above the impostors' mean for the enrolled voice. Unbounded,
 * one-sided.
 */
export function zNorm(raw: number, enrolled: VoiceStats): number {
  return z(raw, enrolled.all);
}

/**
 * Converts a raw cosine to deviations above the impostors' mean for the probe. Unbounded,
 * one-sided.
 */
export function tNorm(raw: number, probe: VoiceStats): number {
  return z(raw, probe.all);
}

/**
 * Converts a raw cosine to the mean of both sides' z-scores against the whole cohort. Unbounded and
 * symmetric.
 */
export function sNorm(raw: number, enrolled: VoiceStats, probe: VoiceStats): number {
  return (z(raw, enrolled.all) + z(raw, probe.all)) / 2;
}

/**
 * Converts a raw cosine to the mean of both sides' z-scores against their topN nearest. Unbounded
 * and symmetric.
 */
export function asNorm(raw: number, enrolled: VoiceStats, probe: VoiceStats): number {
  return (z(raw, enrolled.top) + z(raw, probe.top)) / 2;
}

/** Returns a trial's score by `method`; for "cosine" the raw cosine itself. */
export function scoreBy(method: Method, raw: number, enrolled: VoiceStats, probe: VoiceStats): number {
  if (method === "z-norm") return zNorm(raw, enrolled);
  if (method === "s-norm") return sNorm(raw, enrolled, probe);
  if (method === "as-norm") return asNorm(raw, enrolled, probe);
  return raw;
}

/** Returns a trial's scores by all methods, or by cosine alone if either side has no statistics. */
export function scoresBy(
  raw: number,
  enrolled: VoiceStats | undefined,
  probe: VoiceStats | undefined,
): Partial<Record<Method, number>> {
  if (!enrolled || !probe) return { cosine: raw };
  return Object.fromEntries(METHODS.map((method) => [method, scoreBy(method, raw, enrolled, probe)]));
}
