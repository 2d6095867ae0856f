import type { DatabaseSync } from "node:sqlite";
import type { BundledCalibrations, CalibrationRecord, CalibrationStore } from "../../ports/calibration.ts";
import { guarded } from "./failures.ts";

/** The registry's own; the bundled ones come with the model. */
export function localCalibrations(database: DatabaseSync): Omit<CalibrationStore, keyof BundledCalibrations> {
  const { get, put, list } = guarded(() => ({
    get: database.prepare("SELECT body FROM calibrations WHERE registry_id = ? AND calibration_id = ?"),
    put: database.prepare(
      `INSERT INTO calibrations(registry_id, calibration_id, model_id, body) VALUES (?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    ),
    list: database.prepare(
      "SELECT body FROM calibrations WHERE registry_id = ? AND model_id = ? ORDER BY seq",
    ),
  }));
  return {
    async get(registryId, calibrationId) {
      const row = guarded(() => get.get(registryId, calibrationId));
      return row && recordOf(row);
    },
    async put(record) {
      const { id, modelId } = record.calibration;
      return guarded(() => put.run(record.registryId, id, modelId, JSON.stringify(record))).changes === 1;
    },
    async list(registryId, modelId) {
      return guarded(() => list.all(registryId, modelId)).map(recordOf);
    },
  };
}

/** What is undefined is left out by JSON and absent again. */
const recordOf = (row: Record<string, unknown>) => JSON.parse(row.body as string) as CalibrationRecord;
