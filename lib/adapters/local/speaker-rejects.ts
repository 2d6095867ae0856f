import type { DatabaseSync } from "node:sqlite";
import { REJECTS_SECONDS, type SpeakerRejectStore, type SpeakerRejects } from "../../ports/guess.ts";
import type { Services } from "../../ports/services.ts";
import type { Clock } from "../../ports/world.ts";
import { guarded } from "./failures.ts";
import { patiently } from "./patience.ts";
import { transaction } from "./sqlite.ts";

type Row = { count: number; unlocks: number; added_ms: number };

export function localSpeakerRejects(
  database: DatabaseSync,
  clock: Clock,
  { speakers, heardProbes }: Pick<Services, "heardProbes" | "speakers">,
): SpeakerRejectStore {
  const place = "registry_id = ? AND uid = ?";
  const { get, add, repair, clear, unlock, remove, purge } = guarded(() => ({
    get: database.prepare(
      `SELECT count, unlocks, added_ms FROM speaker_rejects WHERE ${place} AND expires_ms > ?`,
    ),
    add: database.prepare(
      `INSERT INTO speaker_rejects(registry_id, uid, count, unlocks, added_ms, expires_ms) VALUES (?, ?, 1, 0, ?, ?)
       ON CONFLICT DO UPDATE SET count = count + 1, added_ms = excluded.added_ms, expires_ms = excluded.expires_ms
       RETURNING count, unlocks, added_ms`,
    ),
    // Rejects from the future were counted before a clock was set back.
    repair: database.prepare(
      `UPDATE speaker_rejects SET added_ms = ?, expires_ms = expires_ms - added_ms + ? WHERE ${place}`,
    ),
    clear: database.prepare(`UPDATE speaker_rejects SET count = 0 WHERE ${place}`),
    unlock: database.prepare(
      `UPDATE speaker_rejects SET count = 0, unlocks = unlocks + 1, expires_ms = ? WHERE ${place} AND expires_ms > ?`,
    ),
    remove: database.prepare(`DELETE FROM speaker_rejects WHERE ${place}`),
    purge: database.prepare("DELETE FROM speaker_rejects WHERE expires_ms <= ?"),
  }));
  // In this process a pause lasts as long as it should, even if somebody sets the clock.
  const now = () => Math.round(clock.steady());
  const ends = () => now() + REJECTS_SECONDS * 1000;

  const read: SpeakerRejectStore["get"] = async (registryId, uid) => {
    const row = (await patiently(() => get.get(registryId, uid, now()))) as Row | undefined;
    if (row && row.added_ms > now()) await patiently(() => repair.run(now(), now(), registryId, uid));
    return row && rejectsOf(row, now());
  };

  return {
    get: read,
    async withClips(registryId, uid) {
      const [rejects, clips] = await Promise.all([read(registryId, uid), speakers.clips(registryId, uid)]);
      return { rejects, clips };
    },
    async withProbes(registryId, uid, limit) {
      const [rejects, probes] = await Promise.all([
        read(registryId, uid),
        heardProbes.newest(registryId, uid, limit),
      ]);
      return { rejects, probes };
    },
    async add(registryId, uid) {
      return transaction(database, () => {
        purge.run(now());
        return rejectsOf(add.get(registryId, uid, now(), ends()) as Row, now());
      });
    },
    async clear(registryId, uid) {
      await patiently(() => clear.run(registryId, uid));
    },
    async unlock(registryId, uid) {
      await patiently(() => unlock.run(ends(), registryId, uid, now()));
    },
    async remove(registryId, uid) {
      await patiently(() => remove.run(registryId, uid));
    },
  };
}

const rejectsOf = ({ count, unlocks, added_ms: added }: Row, now: number): SpeakerRejects => ({
  count,
  unlocks,
  ageSeconds: Math.max(0, now - added) / 1000,
});
