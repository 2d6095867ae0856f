import type { DatabaseSync } from "node:sqlite";
import type { GalleryIndex } from "../../gallery/gallery-index.ts";
import type { ModelId, SpeakerId, SpeakerUid } from "../../id.ts";
import { decodeFloat64 } from "../../score/scoring/codec.ts";
import { guarded } from "./failures.ts";
import { type SpeakerRow, statsOf } from "./speaker-rows.ts";

/** An entry of the change log with what its speaker is now. Null: there is no such speaker */
export type Change = { lsn: number; changed: string; generation: number | null } & {
  [K in "listed" | "model_id" | "speaker_id" | "stats" | "sum"]: SpeakerRow[K] | null;
};

export const generationIn = ({ generation }: Change) => ({ templateGeneration: generation ?? 0 });

/** Brings the row of a speaker up to date. The rotations of the change must be known. */
export function apply(index: GalleryIndex, row: Change, modelId: ModelId): void {
  const uid = row.changed as SpeakerUid;
  // The speaker is erased, has no clips (opted out, reset), or belongs to another model.
  if (!row.sum || !row.listed || row.model_id !== modelId) {
    index.remove(uid);
    return;
  }
  const [sum, stats] = [decodeFloat64(row.sum), statsOf({ stats: row.stats })];
  index.upsert({ uid, speakerId: row.speaker_id as SpeakerId, sum, stats, ...generationIn(row) });
}

export function galleryStatements(database: DatabaseSync) {
  return guarded(() => ({
    tail: database.prepare(
      `SELECT c.lsn, c.uid AS changed, s.speaker_id, s.model_id, s.listed, s.sum, s.stats,
              json_extract(s.body, '$.templateGeneration') AS generation
       FROM changes c LEFT JOIN speakers s ON s.registry_id = c.registry_id AND s.uid = c.uid
       WHERE c.registry_id = ? AND c.lsn > ? ORDER BY c.lsn LIMIT ?`,
    ),
    one: database.prepare(
      `SELECT 0 AS lsn, uid AS changed, speaker_id, model_id, listed, sum, stats,
              json_extract(body, '$.templateGeneration') AS generation FROM speakers
       WHERE registry_id = ? AND speaker_id = ?`,
    ),
    after: database.prepare("SELECT count(*) AS count FROM changes WHERE registry_id = ? AND lsn > ?"),
  }));
}
