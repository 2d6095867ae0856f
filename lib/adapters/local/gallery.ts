import type { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import {
  type GalleryIndex,
  makeGalleryIndex,
  removeVoice,
  upsertVoice,
} from "../../gallery/gallery-index.ts";
import { indexCache, searchIndex } from "../../gallery/search.ts";
import type { ModelId, RegistryId, SpeakerId, SpeakerUid } from "../../id.ts";
import type { Gallery } from "../../ports/gallery.ts";
import { decodeFloat64 } from "../../score/scoring/codec.ts";
import { guarded } from "./failures.ts";
import { patiently } from "./patience.ts";
import { type SpeakerRow, statsOf } from "./speaker-rows.ts";

/** Changes to apply before yielding: with a new cohort each takes up to a millisecond. */
const BATCH = 100;

/**
 * Keeps every voiceprint of a registry in memory, in one index for each registry, model and cohort.
 *
 * Each search first reads the end of the change log, so it sees the commits of other processes. A
 * new index reads the log from its beginning.
 */
export function localGallery(database: DatabaseSync): Gallery {
  const tail = guarded(() =>
    database.prepare(
      `SELECT c.lsn, c.uid AS changed, s.speaker_id, s.model_id, s.listed, s.sum, s.stats
       FROM changes c LEFT JOIN speakers s ON s.registry_id = c.registry_id AND s.uid = c.uid
       WHERE c.registry_id = ? AND c.lsn > ? ORDER BY c.lsn LIMIT ?`,
    ),
  );
  const indexFor = indexCache((cohort) => ({ ...makeGalleryIndex(cohort), seen: 0 }));

  /**
   * Applies each batch without yielding, so that concurrent searches of one index don't interfere.
   */
  async function catchUp(registryId: RegistryId, modelId: ModelId, index: FollowedIndex): Promise<void> {
    for (;;) {
      const applied = await patiently(() => {
        const changes = tail.all(registryId, index.seen, BATCH) as Change[];
        for (const change of changes) follow(index, change, modelId);
        return changes.length;
      });
      if (applied < BATCH) return;
      await setImmediate();
    }
  }

  return {
    async search(registryId, probe, limit, within) {
      const index = indexFor(`${registryId}/${probe.modelId}`, probe.cohort);
      await catchUp(registryId, probe.modelId, index);
      return searchIndex(index, probe, limit, within);
    },
  };
}

/** seen: the last change that is applied */
type FollowedIndex = GalleryIndex & { seen: number };
type Change = { lsn: number; changed: string } & {
  [K in "listed" | "model_id" | "speaker_id" | "stats" | "sum"]: SpeakerRow[K] | null;
};

function follow(index: FollowedIndex, row: Change, modelId: ModelId): void {
  const uid = row.changed as SpeakerUid;
  index.seen = row.lsn;
  // The speaker is erased, has no clips (opted out, reset), or belongs to another model.
  if (!row.sum || !row.listed || row.model_id !== modelId) {
    removeVoice(index, uid);
    return;
  }
  const [sum, stats] = [decodeFloat64(row.sum), statsOf({ stats: row.stats })];
  upsertVoice(index, { uid, speakerId: row.speaker_id as SpeakerId, sum, stats });
}
