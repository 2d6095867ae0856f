import type { DatabaseSync } from "node:sqlite";
import type { RegistryId } from "../../id.ts";
import type { Registry, RegistrySettings, RegistryStore } from "../../ports/registry.ts";
import { guarded } from "./failures.ts";

type Row = { registry_id: string; name: string; suspended: number; settings: string };

export function localRegistries(database: DatabaseSync): RegistryStore {
  const { get, put, list } = guarded(() => ({
    get: database.prepare("SELECT * FROM registries WHERE registry_id = ?"),
    put: database.prepare(
      "INSERT OR REPLACE INTO registries(registry_id, name, suspended, settings) VALUES (?, ?, ?, ?)",
    ),
    list: database.prepare("SELECT * FROM registries ORDER BY name, registry_id"),
  }));
  return {
    async get(registryId) {
      const row = guarded(() => get.get(registryId)) as Row | undefined;
      return row && registryOf(row);
    },
    async put({ registryId, name, suspended, settings }) {
      guarded(() => put.run(registryId, name, suspended ? 1 : 0, JSON.stringify(settings)));
    },
    async list() {
      return (guarded(() => list.all()) as Row[]).map(registryOf);
    },
  };
}

function registryOf(row: Row): Registry {
  const settings = JSON.parse(row.settings) as RegistrySettings;
  return {
    registryId: row.registry_id as RegistryId,
    name: row.name,
    suspended: row.suspended === 1,
    settings: {
      ...settings,
      far: settings.far ?? undefined,
      requestsPerMinute: settings.requestsPerMinute ?? undefined,
    },
  };
}
