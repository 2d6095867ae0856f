import type { DatabaseSync } from "node:sqlite";
import type { ModelId, RegistryId, SpeakerId, SpeakerUid } from "../../id.ts";
import type { CohortStore, Gallery, GalleryHit } from "../../ports.ts";
import { fromFixed } from "../../score/fixed-point.ts";
import { voiceStats } from "../../score/norm.ts";
import type { Cohort, VoiceStats } from "../../score/types.ts";
import { decodeFloat64 } from "./codec.ts";
import { guarded } from "./failures.ts";
import { makeShelf, place, type Shelf, takeOut } from "./shelf.ts";
import { type SpeakerRow, statsOf } from "./speaker-rows.ts";

/**
 * Every voiceprint of a registry in memory, one shelf per registry and model. Before each search the tail of the change
 * log is read, so commits of other processes are seen; a new shelf reads the log from its beginning.
 */
export function localGallery(database: DatabaseSync, cohorts: CohortStore): Gallery {
  const tail = guarded(() =>
    database.prepare(
      `SELECT c.lsn, c.uid AS changed, s.speaker_id, s.model_id, s.listed, s.sum, s.stats
       FROM changes c LEFT JOIN speakers s ON s.uid = c.uid
       WHERE c.registry_id = ? AND c.lsn > ? ORDER BY c.lsn`,
    ),
  );
  const shelves = new Map<string, Shelf>();

  function shelfFor(registryId: RegistryId, modelId: ModelId, cohort: Cohort): Shelf {
    const name = `${registryId}/${modelId}`;
    const standing = shelves.get(name);
    if (standing?.cohort.id === cohort.id) return standing;
    const shelf = makeShelf(cohort);
    shelves.set(name, shelf);
    return shelf;
  }

  return {
    async search(registryId, probe, limit, within) {
      const cohort = await cohorts.active(registryId, probe.modelId);
      if (cohort.id !== probe.cohortId)
        throw new RangeError(`${probe.cohortId} is not active, ${cohort.id} is`);
      const shelf = shelfFor(registryId, probe.modelId, cohort);
      guarded(() => {
        for (const row of tail.iterate(registryId, shelf.seen)) follow(shelf, row as Change, probe.modelId);
      });
      const raws = shelf.matrix.dot(probe.embedding);
      const searched = within
        ? shelf.rows.filter(({ speakerId }) => within.has(speakerId)).length
        : shelf.rows.length;
      return { hits: best(shelf, raws, probe.stats, limit, within), searched };
    },
  };
}

type Change = { lsn: number; changed: string } & {
  [K in "listed" | "model_id" | "speaker_id" | "stats" | "sum"]: SpeakerRow[K] | null;
};

function follow(shelf: Shelf, row: Change, modelId: ModelId): void {
  const uid = row.changed as SpeakerUid;
  // An erased speaker, one without clips (opted out, reset), or one of another model.
  if (!row.sum || !row.listed || row.model_id !== modelId) {
    takeOut(shelf, uid);
    shelf.seen = row.lsn;
    return;
  }
  const voice = fromFixed(decodeFloat64(row.sum));
  const stored = statsOf({ stats: row.stats });
  const stats = stored?.cohortId === shelf.cohort.id ? stored.voice : voiceStats(voice, shelf.cohort);
  place(shelf, { uid, speakerId: row.speaker_id as SpeakerId, stats }, voice);
  shelf.seen = row.lsn;
}

/** The `limit` highest, best first; equal scores in the order of the rows. */
function best(
  shelf: Shelf,
  raws: Float32Array,
  probe: VoiceStats | undefined,
  limit: number,
  within: ReadonlySet<SpeakerId> | undefined,
): readonly GalleryHit[] {
  const hits: GalleryHit[] = [];
  const { mean, std } = shelf;
  // A cohort normalises all voices or none.
  const other = shelf.rows[0]?.stats && probe?.top;
  for (let row = 0; row < shelf.rows.length; row++) {
    if (within && !within.has(shelf.rows[row].speakerId)) continue;
    const raw = raws[row];
    // asNorm of lib/score/norm.ts, over the columns.
    const score = other ? ((raw - mean[row]) / std[row] + (raw - other.mean) / other.std) / 2 : raw;
    if (hits.length === limit && score <= hits[limit - 1].score) continue;
    let at = hits.length;
    while (at > 0 && hits[at - 1].score < score) at--;
    const { uid, speakerId } = shelf.rows[row];
    hits.splice(at, 0, { uid, speakerId, raw, score });
    if (hits.length > limit) hits.pop();
  }
  return hits;
}
