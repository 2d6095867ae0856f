import type { DatabaseSync } from "node:sqlite";
import type { LimitStore } from "../../ports/decision.ts";
import type { Clock } from "../../ports/world.ts";
import { guarded } from "./failures.ts";
import { patiently } from "./patience.ts";
import { rateWindows } from "./rate-window.ts";
import { transaction } from "./sqlite.ts";

export function localLimits(database: DatabaseSync, clock: Clock): LimitStore {
  const { add, addWithin, get, repair, clear, purge } = guarded(() => ({
    add: database.prepare(
      `INSERT INTO limits(registry_id, counter, count, added_ms, expires_ms) VALUES (?, ?, 1, ?, ?)
       ON CONFLICT DO UPDATE SET count = count + 1, added_ms = excluded.added_ms, expires_ms = excluded.expires_ms
       RETURNING count`,
    ),
    addWithin: database.prepare(
      `INSERT INTO limits(registry_id, counter, count, added_ms, expires_ms) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET count = count + excluded.count, added_ms = excluded.added_ms,
       expires_ms = excluded.expires_ms WHERE count + excluded.count <= ?`,
    ),
    get: database.prepare(
      "SELECT count, added_ms FROM limits WHERE registry_id = ? AND counter = ? AND expires_ms > ?",
    ),
    // A counter from the future was written before a clock was set back.
    repair: database.prepare(
      "UPDATE limits SET added_ms = ?, expires_ms = expires_ms - added_ms + ? WHERE registry_id = ? AND counter = ?",
    ),
    clear: database.prepare("DELETE FROM limits WHERE registry_id = ? AND counter = ?"),
    purge: database.prepare("DELETE FROM limits WHERE expires_ms <= ?"),
  }));
  // In this process a pause lasts as long as it should, even if somebody sets the clock.
  const now = () => Math.round(clock.steady());
  const admit = rateWindows(clock);
  return {
    async add(registryId, counter, ttlSeconds) {
      return transaction(database, () => {
        purge.run(now());
        const row = add.get(registryId, counter, now(), now() + ttlSeconds * 1000);
        return (row as { count: number }).count;
      });
    },
    async addWithin(registryId, counter, { amount, most, ttlSeconds }) {
      if (amount > most) return false;
      return transaction(database, () => {
        purge.run(now());
        const ends = now() + ttlSeconds * 1000;
        return addWithin.run(registryId, counter, amount, now(), ends, most).changes > 0;
      });
    },
    async get(registryId, counter) {
      const row = (await patiently(() => get.get(registryId, counter, now()))) as
        | { count: number; added_ms: number }
        | undefined;
      if (!row) return { count: 0, ageSeconds: 0 };
      const age = now() - row.added_ms;
      if (age < 0) await patiently(() => repair.run(now(), now(), registryId, counter));
      return { count: row.count, ageSeconds: Math.max(0, age) / 1000 };
    },
    async clear(registryId, counter) {
      await patiently(() => clear.run(registryId, counter));
    },
    admit: async (registryId, counter, quota) => admit(`${registryId} ${counter}`, quota),
  };
}
