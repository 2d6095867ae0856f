import type { DatabaseSync } from "node:sqlite";
import type { UploadStore } from "../../ports/upload.ts";
import type { Clock } from "../../ports/world.ts";
import { uploadOf } from "../shared/stored-upload.ts";
import { contention, guarded } from "./failures.ts";
import { transaction } from "./sqlite.ts";

/** Each new ticket purges those whose time is over. */
export function localUploads(database: DatabaseSync, clock: Clock): UploadStore {
  const { get, insert, update, purge } = guarded(() => ({
    get: database.prepare("SELECT body FROM uploads WHERE registry_id = ? AND upload_id = ? AND gone_ms > ?"),
    insert: database.prepare(
      `INSERT INTO uploads(version, gone_ms, body, registry_id, upload_id) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    ),
    update: database.prepare(
      `UPDATE uploads SET version = ?, gone_ms = ?, body = ?
       WHERE registry_id = ? AND upload_id = ? AND version = ?`,
    ),
    purge: database.prepare("DELETE FROM uploads WHERE gone_ms <= ?"),
  }));
  const now = () => clock.now().getTime();
  return {
    async get(registryId, uploadId) {
      const row = guarded(() => get.get(registryId, uploadId, now()));
      return row && uploadOf(row.body as string);
    },
    async put(upload) {
      const { registryId, uploadId, version, goneAt } = upload;
      const values = [version, Date.parse(goneAt), JSON.stringify(upload), registryId, uploadId] as const;
      const { changes } = transaction(database, () => {
        purge.run(now());
        return version === 1 ? insert.run(...values) : update.run(...values, version - 1);
      });
      if (changes === 0) throw contention("Another request changed this upload.");
    },
  };
}
