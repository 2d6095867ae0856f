import type { SpeakerId } from "../id.ts";
import type { Gallery, GalleryHit, GalleryProbe } from "../ports/gallery.ts";
import type { Cohort } from "../score/scoring/types.ts";
import type { GalleryIndex } from "./gallery-index.ts";

/** Shelves of one registry and model: of the cohort in use, and of the one before, for whoever goes back to it. */
const KEPT = 2;

/** Gives out the shelf of a name and a cohort as it is now, made by `make` where there is none. */
export function indexCache<S extends Pick<GalleryIndex, "cohort">>(
  make: (cohort: Cohort) => S,
): (name: string, cohort: Cohort) => S {
  const indexes = new Map<string, readonly S[]>();
  return (name, cohort) => {
    const existing = indexes.get(name) ?? [];
    const index = existing.find((one) => sameCohort(one.cohort, cohort)) ?? make(cohort);
    indexes.set(name, [index, ...existing.filter((one) => one !== index)].slice(0, KEPT));
    return index;
  };
}

const sameCohort = (a: Cohort, b: Cohort): boolean => a.id === b.id && (a.erased ?? 0) === (b.erased ?? 0);

/** What `Gallery.search` promises, over a shelf that is up to date. */
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

/** The `limit` highest, best first; equal scores in the order of the rows. */
function best(
  index: GalleryIndex,
  raws: Float32Array,
  { stats: probe, without }: GalleryProbe,
  limit: number,
  within: ReadonlySet<SpeakerId> | undefined,
): readonly GalleryHit[] {
  const hits: GalleryHit[] = [];
  const { mean, std } = index;
  // A cohort normalizes all voices or none.
  const usual = index.rows[0]?.stats && probe?.top;
  const odd = usual && without && without.size > 0 ? without : undefined;
  for (let row = 0; row < index.rows.length; row++) {
    if (within && !within.has(index.rows[row].speakerId)) continue;
    const raw = raws[row];
    const other = odd?.get(index.rows[row].uid) ?? usual;
    // asNorm of lib/score/scoring/norm.ts, over the columns.
    const score = other ? ((raw - mean[row]) / std[row] + (raw - other.mean) / other.std) / 2 : raw;
    if (hits.length === limit && score <= hits[limit - 1].score) continue;
    let at = hits.length;
    while (at > 0 && hits[at - 1].score < score) at--;
    const { uid, speakerId } = index.rows[row];
    hits.splice(at, 0, { uid, speakerId, raw, score });
    if (hits.length > limit) hits.pop();
  }
  return hits;
}
