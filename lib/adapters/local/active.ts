import type { DatabaseSync } from "node:sqlite";
import type { Active, ActiveStore } from "../../ports/calibration.ts";
import { contention, guarded } from "./failures.ts";

type Row = { version: number; body: string };
type Body = Omit<Active, "modelId" | "registryId" | "version">;

export function localActive(database: DatabaseSync): ActiveStore {
  const { get, insert, update } = guarded(() => ({
    get: database.prepare("SELECT version, body FROM active WHERE registry_id = ? AND model_id = ?"),
    insert: database.prepare(
      `INSERT INTO active(version, body, registry_id, model_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    ),
    update: database.prepare(
      "UPDATE active SET version = ?, body = ? WHERE registry_id = ? AND model_id = ? AND version = ?",
    ),
  }));
  return {
    async get(registryId, modelId) {
      const row = guarded(() => get.get(registryId, modelId)) as Row | undefined;
      if (!row) return undefined;
      const body = JSON.parse(row.body) as Body;
      return {
        registryId,
        modelId,
        activeCohort: body.activeCohort ?? undefined,
        previousCohort: body.previousCohort ?? undefined,
        activeCalibration: body.activeCalibration ?? undefined,
        previousCalibration: body.previousCalibration ?? undefined,
        version: row.version,
        updatedAt: body.updatedAt,
      };
    },
    async put({ registryId, modelId, version, ...body }) {
      const values = [version, JSON.stringify(body), registryId, modelId] as const;
      const { changes } = guarded(() =>
        version === 1 ? insert.run(...values) : update.run(...values, version - 1),
      );
      if (changes === 0) throw contention("Another change of cohort or calibration was first.");
    },
  };
}
