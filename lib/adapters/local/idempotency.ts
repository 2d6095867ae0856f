import type { DatabaseSync } from "node:sqlite";
import type { IdempotencyStore, StoredReply } from "../../ports/decision.ts";
import type { Clock } from "../../ports/world.ts";
import { guarded } from "./failures.ts";
import { transaction } from "./sqlite.ts";

const KEPT_MS = 86_400_000;
/** An unfinished claim this old has lost its worker. */
const LEASE_MS = 60_000;

type Row = { request_hash: string; claimed_ms: number; reply: string | null };

export function localIdempotency(database: DatabaseSync, clock: Clock): IdempotencyStore {
  const { get, put, purge, finish, release } = guarded(() => ({
    get: database.prepare(
      "SELECT request_hash, claimed_ms, reply FROM idempotency WHERE registry_id = ? AND key_hash = ?",
    ),
    put: database.prepare(
      `INSERT OR REPLACE INTO idempotency(registry_id, key_hash, request_hash, claimed_ms, reply)
       VALUES (?, ?, ?, ?, NULL)`,
    ),
    purge: database.prepare("DELETE FROM idempotency WHERE claimed_ms <= ?"),
    finish: database.prepare("UPDATE idempotency SET reply = ? WHERE registry_id = ? AND key_hash = ?"),
    release: database.prepare(
      "DELETE FROM idempotency WHERE registry_id = ? AND key_hash = ? AND reply IS NULL",
    ),
  }));
  return {
    async claim(registryId, keyHash, requestHash) {
      return transaction(database, () => {
        const now = clock.now().getTime();
        purge.run(now - KEPT_MS);
        const row = get.get(registryId, keyHash) as Row | undefined;
        if (row && row.request_hash !== requestHash) return { state: "reused" };
        if (row?.reply) return { state: "replay", reply: JSON.parse(row.reply) as StoredReply };
        // A clock that was set back makes a claim look younger: it waits longer, and is never worked on twice.
        if (row && now - row.claimed_ms < LEASE_MS) return { state: "in-progress" };
        put.run(registryId, keyHash, requestHash, now);
        return { state: "claimed" };
      });
    },
    async finish(registryId, keyHash, reply) {
      guarded(() => finish.run(JSON.stringify(reply), registryId, keyHash));
    },
    async release(registryId, keyHash) {
      guarded(() => release.run(registryId, keyHash));
    },
  };
}
