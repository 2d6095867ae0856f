import type { DatabaseSync } from "node:sqlite";
import { AppError } from "../../error.ts";
import type { Group, GroupStore } from "../../ports/speaker.ts";
import { guarded } from "./failures.ts";

export function localGroups(database: DatabaseSync): GroupStore {
  const { get, list, insert, update } = guarded(() => ({
    get: database.prepare("SELECT body FROM groups WHERE registry_id = ? AND group_id = ?"),
    list: database.prepare("SELECT body FROM groups WHERE registry_id = ? ORDER BY group_id"),
    insert: database.prepare(
      "INSERT INTO groups(version, body, registry_id, group_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
    ),
    update: database.prepare(
      "UPDATE groups SET version = ?, body = ? WHERE registry_id = ? AND group_id = ? AND version = ?",
    ),
  }));
  return {
    async get(registryId, groupId) {
      const row = guarded(() => get.get(registryId, groupId));
      return row && groupOf(row);
    },
    async list(registryId) {
      return guarded(() => list.all(registryId)).map(groupOf);
    },
    async put(group) {
      const { version, registryId, groupId } = group;
      const values = [version, JSON.stringify(group), registryId, groupId] as const;
      const { changes } = guarded(() =>
        version === 1 ? insert.run(...values) : update.run(...values, version - 1),
      );
      if (changes === 0) throw new AppError("write-contention", `Another change of ${groupId} was first.`);
    },
  };
}

function groupOf(row: Record<string, unknown>): Group {
  const group = JSON.parse(row.body as string) as Group;
  return { ...group, name: group.name ?? undefined };
}
