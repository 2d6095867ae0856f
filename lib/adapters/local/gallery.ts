import type { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import type { ModelId, RegistryId, SpeakerId, SpeakerUid } from "../../id.ts";
import type { Gallery } from "../../ports.ts";
import { decodeFloat64 } from "../../score/codec.ts";
import { makeShelf, type Shelf, stand, takeOut } from "../shared/shelf.ts";
import { searchShelf, shelfRoom } from "../shared/shelf-search.ts";
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
  const shelfOf = shelfRoom((cohort) => ({ ...makeShelf(cohort), seen: 0 }));

  /** Each round is one piece, so that searches which follow the same shelf at once do not disturb each other. */
  async function catchUp(registryId: RegistryId, modelId: ModelId, shelf: FollowedShelf): Promise<void> {
    for (;;) {
      const changes = guarded(() => tail.all(registryId, shelf.seen, AT_ONCE)) as Change[];
      for (const change of changes) follow(shelf, change, modelId);
      if (changes.length < AT_ONCE) return;
      await setImmediate();
    }
  }

  return {
    async search(registryId, probe, limit, within) {
      const shelf = shelfOf(`${registryId}/${probe.modelId}`, probe.cohort);
      await catchUp(registryId, probe.modelId, shelf);
      return searchShelf(shelf, probe, limit, within);
    },
  };
}

/** `seen`: the last change that is in here. */
type FollowedShelf = Shelf & { seen: number };
type Change = { lsn: number; changed: string } & {
  [K in "listed" | "model_id" | "speaker_id" | "stats" | "sum"]: SpeakerRow[K] | null;
};

function follow(shelf: FollowedShelf, row: Change, modelId: ModelId): void {
  const uid = row.changed as SpeakerUid;
  shelf.seen = row.lsn;
  // An erased speaker, one without clips (opted out, reset), or one of another model.
  if (!row.sum || !row.listed || row.model_id !== modelId) {
    takeOut(shelf, uid);
    return;
  }
  const [sum, stats] = [decodeFloat64(row.sum), statsOf({ stats: row.stats })];
  stand(shelf, { uid, speakerId: row.speaker_id as SpeakerId, sum, stats });
}
