import type { SpeakerId } from "../id.ts";
import type { Gallery, GalleryHit, GalleryProbe } from "../ports/gallery.ts";
import type { Cohort } from "../score/scoring/types.ts";
import type { GalleryIndex } from "./gallery-index.ts";

/** Indexes to keep for each registry and model: of the cohort in use and of the one before it. */
const CACHED = 2;

/** Returns a function that returns the cached index of a name and a cohort, or makes one. */
export function indexCache<Index extends Pick<GalleryIndex, "cohort">>(
  make: (cohort: Cohort) => Index,
): (name: string, cohort: Cohort) => Index {
  const indexes = new Map<string, readonly Index[]>();
  return (name, cohort) => {
    const existing = indexes.get(name) ?? [];
    const index = existing.find((one) => sameCohort(one.cohort, cohort)) ?? make(cohort);
    indexes.set(name, [index, ...existing.filter((one) => one !== index)].slice(0, CACHED));
    return index;
  };
}

const sameCohort = (a: Cohort, b: Cohort): boolean => a.id === b.id && (a.erased ?? 0) === (b.erased ?? 0);

/** Searches as `Gallery.search` promises, in an index that is up to date. */
export function searchIndex(
  index: GalleryIndex,
  probe: GalleryProbe,
  limit: number,
  within: ReadonlySet<SpeakerId> | undefined,
): Awaited<ReturnType<Gallery["search"]>> {
  const raws = index.matrix.dot(probe.embedding);
  const searched = within
    ? index.rows.filter(({ speakerId }) => within.has(speakerId)).length
    : index.rows.length;
  return { hits: best(index, raws, probe, limit, within), searched };
}

/** The `limit` highest scores, best first. Equal scores are in the order of the rows. */
function best(
  index: GalleryIndex,
  raws: Float32Array,
  { stats: probe, without }: GalleryProbe,
  limit: number,
  within: ReadonlySet<SpeakerId> | undefined,
): readonly GalleryHit[] {
  const hits: GalleryHit[] = [];
  const { mean, std } = index;
  // A cohort normalizes all voices or none, so the first row decides.
  const shared = index.rows[0]?.stats && probe?.top;
  const exceptions = shared && without && without.size > 0 ? without : undefined;
  let bar = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < index.rows.length; row++) {
    const raw = raws[row];
    const enrolledMean = mean[row];
    const enrolledStd = std[row];
    // The columns are as long as the rows.
    if (raw === undefined || enrolledMean === undefined || enrolledStd === undefined) break;
    let other = shared;
    if (within || exceptions) {
      const voice = index.rows[row];
      if (!voice || (within && !within.has(voice.speakerId))) continue;
      other = exceptions?.get(voice.uid) ?? shared;
    }
    // Inlines asNorm of lib/score/scoring/norm.ts over the columns.
    const score = other ? ((raw - enrolledMean) / enrolledStd + (raw - other.mean) / other.std) / 2 : raw;
    if (hits.length === limit && score <= bar) continue;
    const hit = index.rows[row];
    if (hit) bar = insertHit(hits, { uid: hit.uid, speakerId: hit.speakerId, raw, score }, limit);
  }
  return hits;
}

/** Inserts the hit behind those that score as high, and returns the lowest score in the list. */
function insertHit(hits: GalleryHit[], hit: GalleryHit, limit: number): number {
  const lower = hits.findIndex(({ score }) => score < hit.score);
  hits.splice(lower < 0 ? hits.length : lower, 0, hit);
  if (hits.length > limit) hits.pop();
  return hits.at(-1)?.score ?? Number.NEGATIVE_INFINITY;
}
