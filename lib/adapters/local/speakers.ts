import type { DatabaseSync } from "node:sqlite";
import { AppError } from "../../error.ts";
import type { Clip, Speaker, SpeakerStore } from "../../ports/speaker.ts";
import type { Delivery } from "../../ports/webhook.ts";
import { contention } from "../shared/contention.ts";
import type { StoredSpeakers } from "../shared/rotated-speakers.ts";
import { outgoingDocument } from "../shared/stores/outbox.ts";
import { documentWriter } from "./documents.ts";
import { guarded } from "./failures.ts";
import { galleryDiscard } from "./gallery-files.ts";
import { patiently } from "./patience.ts";
import { type ClipRow, clipOf, clipRow, type SpeakerRow, speakerOf, speakerRow } from "./speaker-rows.ts";
import { transaction } from "./sqlite.ts";

export function localSpeakers(database: DatabaseSync): StoredSpeakers {
  const sql = statements(database);
  const write = documentWriter(database);
  const putOutgoing = (outgoing: readonly Delivery[]) => write(outgoing.map(outgoingDocument));
  const discardGalleries = galleryDiscard(database);
  /** Commits. Gallery files must not keep a voice that its speaker no longer has. */
  const commitSpeaker = async (speaker: Speaker, then: () => void) => {
    const removeFiles = await transaction(database, () => {
      const discard = takesClipsOut(sql, speaker);
      commit(sql, speaker);
      then();
      return discard ? discardGalleries(speaker.registryId) : undefined;
    });
    removeFiles?.();
  };
  const one = (row: unknown) => row as SpeakerRow | undefined;
  const read: SpeakerStore["get"] = async (registryId, speakerId) => {
    const row = one(await patiently(() => sql.get.get(registryId, speakerId)));
    return row && speakerOf(row);
  };
  return {
    get: read,
    getMany: (registryId, speakerIds) => Promise.all(speakerIds.map((id) => read(registryId, id))),
    put: (speaker, outgoing = []) => commitSpeaker(speaker, () => putOutgoing(outgoing)),
    putWithClips: (speaker, clips) =>
      commitSpeaker(speaker, () => {
        for (const clip of clips) storeClip(sql, clip);
      }),
    async refreshStats({ registryId, speakerId, uid, version }, stats) {
      const { changes } = await patiently(() =>
        sql.refreshStats.run(JSON.stringify(stats), registryId, speakerId, uid, version),
      );
      return changes > 0;
    },
    // The gallery writes a file for the cohort in use by itself.
    async noteRefreshedStats() {},
    async remove(registryId, speakerId, outgoing = []) {
      const removeFiles = await transaction(database, () => {
        const row = one(sql.get.get(registryId, speakerId));
        if (!row) return undefined;
        sql.erase.run(registryId, speakerId);
        sql.eraseClips.run(registryId, row.uid);
        sql.log.run(registryId, row.uid);
        putOutgoing(outgoing);
        return discardGalleries(registryId);
      });
      removeFiles?.();
      return removeFiles !== undefined;
    },
    async list(registryId, after, limit) {
      const from = sequence(after);
      const rows = (await patiently(() => sql.list.all(registryId, from, limit + 1))) as SpeakerRow[];
      const page = rows.slice(0, limit);
      return { items: page.map(speakerOf), next: rows.length > limit ? String(page.at(-1)?.seq) : undefined };
    },
    async putClip(clip) {
      await transaction(database, () => storeClip(sql, clip));
    },
    async getClip(registryId, uid, clipId) {
      const row = (await patiently(() => sql.getClip.get(registryId, uid, clipId))) as ClipRow | undefined;
      return row && clipOf(row);
    },
    async clips(registryId, uid) {
      const rows = (await patiently(() => sql.clips.all(registryId, uid))) as ClipRow[];
      return rows.map(clipOf);
    },
    async removeClip(registryId, uid, clipId) {
      await patiently(() => sql.removeClip.run(registryId, uid, clipId));
    },
  };
}

/** Call it within a transaction. */
function storeClip(sql: ReturnType<typeof statements>, clip: Clip): void {
  refuseFormer(sql, clip);
  sql.putClip.run(clipRow(clip));
}

/** A record under a former template key would be lost when that is deleted. */
function refuseFormer(sql: ReturnType<typeof statements>, record: Clip | Speaker): void {
  const row = sql.generation.get(record.registryId) as { generation: number | null } | undefined;
  if ((row?.generation ?? 0) !== (record.templateGeneration ?? 0))
    throw contention("The registry's template key was just replaced. Try again.");
}

/** Whether the stored version has a clip, a model or a template key that this version hasn't. */
function takesClipsOut(sql: ReturnType<typeof statements>, speaker: Speaker): boolean {
  if (speaker.version === 1) return false;
  const row = sql.get.get(speaker.registryId, speaker.speakerId) as SpeakerRow | undefined;
  if (!row) return false;
  const kept = new Set(speaker.clips.map(({ clipId }) => clipId));
  const before = speakerOf(row);
  if (before.templateGeneration !== speaker.templateGeneration) return true;
  return before.modelId !== speaker.modelId || before.clips.some(({ clipId }) => !kept.has(clipId));
}

/** Call it within a transaction. */
function commit(sql: ReturnType<typeof statements>, speaker: Speaker): void {
  refuseFormer(sql, speaker);
  const row = speakerRow(speaker);
  const { changes } =
    speaker.version === 1 ? sql.insert.run(row) : sql.update.run({ ...row, before: row.version - 1 });
  if (changes === 0) throw contention(`Another request changed ${row.uid} first. Try again.`);
  sql.log.run(row.registry_id, row.uid);
}

function statements(database: DatabaseSync) {
  return guarded(() => ({
    get: database.prepare("SELECT * FROM speakers WHERE registry_id = ? AND speaker_id = ?"),
    insert: database.prepare(
      `INSERT INTO speakers(registry_id, speaker_id, uid, version, model_id, listed, sum, stats, body)
       VALUES ($registry_id, $speaker_id, $uid, $version, $model_id, $listed, $sum, $stats, $body)
       ON CONFLICT DO NOTHING`,
    ),
    update: database.prepare(
      `UPDATE speakers SET version = $version, model_id = $model_id, listed = $listed, sum = $sum, stats = $stats,
         body = $body
       WHERE registry_id = $registry_id AND speaker_id = $speaker_id AND uid = $uid AND version = $before`,
    ),
    refreshStats: database.prepare(
      "UPDATE speakers SET stats = ? WHERE registry_id = ? AND speaker_id = ? AND uid = ? AND version = ?",
    ),
    generation: database.prepare(
      `SELECT json_extract(body, '$.templates.generation') AS generation FROM documents
       WHERE kind = 'registry' AND owner = '' AND id = ?`,
    ),
    erase: database.prepare("DELETE FROM speakers WHERE registry_id = ? AND speaker_id = ?"),
    eraseClips: database.prepare("DELETE FROM clips WHERE registry_id = ? AND uid = ?"),
    // A replaced row gets a new lsn, so the log lists each speaker once, at its last change.
    log: database.prepare("INSERT OR REPLACE INTO changes(registry_id, uid) VALUES (?, ?)"),
    list: database.prepare("SELECT * FROM speakers WHERE registry_id = ? AND seq > ? ORDER BY seq LIMIT ?"),
    putClip: database.prepare(
      `INSERT OR REPLACE INTO clips(registry_id, uid, clip_id, embedding, body)
       VALUES ($registry_id, $uid, $clip_id, $embedding, $body)`,
    ),
    getClip: database.prepare(
      "SELECT embedding, body FROM clips WHERE registry_id = ? AND uid = ? AND clip_id = ?",
    ),
    clips: database.prepare(
      "SELECT embedding, body FROM clips WHERE registry_id = ? AND uid = ? ORDER BY clip_id",
    ),
    removeClip: database.prepare("DELETE FROM clips WHERE registry_id = ? AND uid = ? AND clip_id = ?"),
  }));
}

function sequence(after: string | undefined): number {
  if (after === undefined) return 0;
  if (!/^\d{1,15}$/.test(after)) throw new AppError("invalid-cursor", "Start again without a cursor.");
  return Number(after);
}
