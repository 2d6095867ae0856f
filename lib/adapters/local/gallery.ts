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
import { type SpeakerRow, statsOf } from "./speaker-rows.ts";

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
  const indexFor = indexCache((cohort) => ({ ...makeGalleryIndex(cohort), seen: 0 }));

  /** Each round is one piece, so that searches which follow the same shelf at once do not disturb each other. */
  async function catchUp(registryId: RegistryId, modelId: ModelId, index: FollowedIndex): Promise<void> {
    for (;;) {
      const changes = guarded(() => tail.all(registryId, index.seen, AT_ONCE)) as Change[];
      for (const change of changes) follow(index, change, modelId);
      if (changes.length < AT_ONCE) return;
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

/** `seen`: the last change that is in here. */
type FollowedIndex = GalleryIndex & { seen: number };
type Change = { lsn: number; changed: string } & {
  [K in "listed" | "model_id" | "speaker_id" | "stats" | "sum"]: SpeakerRow[K] | null;
};

function follow(index: FollowedIndex, row: Change, modelId: ModelId): void {
  const uid = row.changed as SpeakerUid;
  index.seen = row.lsn;
  // An erased speaker, one without clips (opted out, reset), or one of another model.
  if (!row.sum || !row.listed || row.model_id !== modelId) {
    removeVoice(index, uid);
    return;
  }
  const [sum, stats] = [decodeFloat64(row.sum), statsOf({ stats: row.stats })];
  upsertVoice(index, { uid, speakerId: row.speaker_id as SpeakerId, sum, stats });
}
