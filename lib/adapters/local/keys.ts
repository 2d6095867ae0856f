import type { DatabaseSync } from "node:sqlite";
import type { ApiKey, KeyStore } from "../../ports/registry.ts";
import { guarded } from "./failures.ts";

export function localKeys(database: DatabaseSync): KeyStore {
  const { get, put, list } = guarded(() => ({
    get: database.prepare("SELECT body FROM keys WHERE key_id = ?"),
    put: database.prepare(
      "INSERT OR REPLACE INTO keys(key_id, registry_id, created_at, body) VALUES (?, ?, ?, ?)",
    ),
    list: database.prepare("SELECT body FROM keys WHERE registry_id = ? ORDER BY created_at, key_id"),
  }));
  return {
    async get(keyId) {
      const row = guarded(() => get.get(keyId));
      return row && keyOf(row);
    },
    async put(key) {
      guarded(() => put.run(key.keyId, key.registryId, key.createdAt, JSON.stringify(key)));
    },
    async list(registryId) {
      return guarded(() => list.all(registryId)).map(keyOf);
    },
  };
}

function keyOf(row: Record<string, unknown>): ApiKey {
  const key = JSON.parse(row.body as string) as ApiKey;
  return { ...key, expiresAt: key.expiresAt ?? undefined, revokedAt: key.revokedAt ?? undefined };
}
