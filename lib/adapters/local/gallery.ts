import type { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import type { ModelId, RegistryId, SpeakerId, SpeakerUid } from "../../id.ts";
import type { Gallery, GalleryHit, GalleryProbe } from "../../ports.ts";
import { decodeFloat64 } from "../../score/codec.ts";
import { fromFixed } from "../../score/fixed-point.ts";
import { areOf, voiceStats } from "../../score/norm.ts";
import type { Cohort } from "../../score/types.ts";
import { guarded } from "./failures.ts";
import { makeShelf, place, type Shelf, takeOut } from "./shelf.ts";
import { type SpeakerRow, statsOf } from "./speaker-rows.ts";

/** Shelves of one registry and model: of the cohort in use, and of the one before, for whoever goes back to it. */
const KEPT = 2;
/** Changes followed at a time: against a new cohort each costs up to a millisecond, and others wait meanwhile. */
const AT_ONCE = 100;

/**
 * Every voiceprint of a registry in memory, one shelf per registry, model and cohort. Before each search the tail of the
 * change log is read, so commits of other processes are seen; a new shelf reads the log from its beginning.
 */
export function localGallery(database: DatabaseSync): Gallery {
  const tail = guarded(() =>
    database.prepare(
      `SELECT c.lsn, c.uid AS changed, s.speaker_id, s.model_id, s.listed, s.sum, s.stats
       FROM changes c LEFT JOIN speakers s ON s.registry_id = c.registry_id AND s.uid = c.uid
       WHERE c.registry_id = ? AND c.lsn > ? ORDER BY c.lsn LIMIT ?`,
    ),
  );
  const shelves = new Map<string, readonly Shelf[]>();

  function shelfFor(registryId: RegistryId, modelId: ModelId, cohort: Cohort): Shelf {
    const name = `${registryId}/${modelId}`;
    const standing = shelves.get(name) ?? [];
    const shelf = standing.find((one) => sameCohort(one.cohort, cohort)) ?? makeShelf(cohort);
    shelves.set(name, [shelf, ...standing.filter((one) => one !== shelf)].slice(0, KEPT));
    return shelf;
  }

  /** Each round is one piece, so that searches which follow the same shelf at once do not disturb each other. */
  async function catchUp(registryId: RegistryId, modelId: ModelId, shelf: Shelf): Promise<void> {
    for (;;) {
      const changes = guarded(() => tail.all(registryId, shelf.seen, AT_ONCE)) as Change[];
      for (const change of changes) follow(shelf, change, modelId);
      if (changes.length < AT_ONCE) return;
      await setImmediate();
    }
  }

  return {
    async search(registryId, probe, limit, within) {
      const shelf = shelfFor(registryId, probe.modelId, probe.cohort);
      await catchUp(registryId, probe.modelId, shelf);
      const raws = shelf.matrix.dot(probe.embedding);
      const searched = within
        ? shelf.rows.filter(({ speakerId }) => within.has(speakerId)).length
        : shelf.rows.length;
      return { hits: best(shelf, raws, probe, limit, within), searched };
    },
  };
}

type Change = { lsn: number; changed: string } & {
  [K in "listed" | "model_id" | "speaker_id" | "stats" | "sum"]: SpeakerRow[K] | null;
};

const sameCohort = (a: Cohort, b: Cohort): boolean => a.id === b.id && (a.erased ?? 0) === (b.erased ?? 0);

function follow(shelf: Shelf, row: Change, modelId: ModelId): void {
  const uid = row.changed as SpeakerUid;
  shelf.seen = row.lsn;
  // An erased speaker, one without clips (opted out, reset), or one of another model.
  if (!row.sum || !row.listed || row.model_id !== modelId) {
    takeOut(shelf, uid);
    return;
  }
  const voice = fromFixed(decodeFloat64(row.sum));
  const stored = statsOf({ stats: row.stats });
  const stats = areOf(stored, shelf.cohort) ? stored?.voice : voiceStats(voice, shelf.cohort, uid);
  place(shelf, { uid, speakerId: row.speaker_id as SpeakerId, stats }, voice);
}

/** The `limit` highest, best first; equal scores in the order of the rows. */
function best(
  shelf: Shelf,
  raws: Float32Array,
  { stats: probe, without }: GalleryProbe,
  limit: number,
  within: ReadonlySet<SpeakerId> | undefined,
): readonly GalleryHit[] {
  const hits: GalleryHit[] = [];
  const { mean, std } = shelf;
  // A cohort normalises all voices or none.
  const usual = shelf.rows[0]?.stats && probe?.top;
  const odd = usual && without && without.size > 0 ? without : undefined;
  for (let row = 0; row < shelf.rows.length; row++) {
    if (within && !within.has(shelf.rows[row].speakerId)) continue;
    const raw = raws[row];
    const other = odd?.get(shelf.rows[row].uid) ?? usual;
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
