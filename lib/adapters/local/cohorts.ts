import type { DatabaseSync } from "node:sqlite";
import type { CohortId, RegistryId, SpeakerUid } from "../../id.ts";
import {
  type BundledCohorts,
  type CohortHead,
  type CohortRecord,
  type CohortStore,
  type CohortVoice,
  UNKNOWN_VOICE,
} from "../../ports/cohort.ts";
import { decodeFloat32, encodeFloat32 } from "../../score/scoring/codec.ts";
import { lastUsed } from "../shared/last-used.ts";
import { withoutOwner } from "../shared/without-owner.ts";
import { guarded } from "./failures.ts";
import { transaction } from "./sqlite.ts";

type Row = { erased: number; head: string; voices: string; rows: Uint8Array };
/** An empty cohort's rows do not tell its dimension. */
type Head = Omit<CohortHead, "erased"> & { dimension: number };

/** Cohorts kept parsed: each request needs its registry's, and parsing 5,000 voices takes longer than scoring. */
const KEPT = 8;

export function localCohorts(database: DatabaseSync, { bundled }: BundledCohorts): CohortStore {
  const sql = statements(database);
  const kept = lastUsed<CohortRecord>(KEPT);

  function read(registryId: RegistryId, cohortId: CohortId): CohortRecord | undefined {
    const now = sql.erased.get(registryId, cohortId) as { erased: number } | undefined;
    if (!now) return undefined;
    const key = `${registryId}/${cohortId}/${now.erased}`;
    const row = kept.has(key) ? undefined : (sql.get.get(registryId, cohortId) as Row | undefined);
    const record = kept.get(key) ?? (row && recordOf(row));
    if (!record) return undefined;
    kept.set(key, record);
    return record;
  }

  return {
    bundled,
    async get(registryId, cohortId) {
      return guarded(() => read(registryId, cohortId));
    },
    async put(record) {
      const { registryId, cohortId, modelId, erased } = record;
      const { head, voices, rows } = rowOf(record);
      const { changes } = guarded(() =>
        sql.put.run(registryId, cohortId, modelId, erased, head, voices, rows),
      );
      return changes > 0;
    },
    async list(registryId, modelId) {
      const rows = guarded(() => sql.list.all(registryId, modelId)) as Pick<Row, "erased" | "head">[];
      return rows.map((row) => parsed(row).head);
    },
    async owners(registryId) {
      const rows = guarded(() => sql.owners.all(registryId)) as { owner: SpeakerUid }[];
      return rows.map(({ owner }) => owner);
    },
    async forget(registryId, uid) {
      return transaction(database, () => {
        const holding = sql.holding.all(registryId, uid) as { cohort_id: CohortId }[];
        for (const { cohort_id } of holding) {
          const { head, voices, rows, erased } = rowOf(
            withoutOwner(recordOf(sql.get.get(registryId, cohort_id) as Row), uid),
          );
          sql.rewrite.run(erased, head, voices, rows, registryId, cohort_id);
        }
        return holding.length;
      });
    },
  };
}

function rowOf({ cohort, voices, erased, ...head }: CohortRecord): Row {
  return {
    erased,
    head: JSON.stringify({ ...head, dimension: cohort.dimension } satisfies Head),
    voices: JSON.stringify(voices),
    rows: encodeFloat32(cohort.rows),
  };
}

function parsed({ head, erased }: Pick<Row, "erased" | "head">): { head: CohortHead; dimension: number } {
  const { name, dimension, ...rest } = JSON.parse(head) as Head;
  return { head: { ...rest, name: name ?? undefined, erased }, dimension };
}

function recordOf(row: Row): CohortRecord {
  const { head, dimension } = parsed(row);
  const { cohortId: id, modelId, size, topN, erased } = head;
  // JSON leaves out what is undefined.
  const voices = (JSON.parse(row.voices) as CohortVoice[]).map((voice) => ({ ...UNKNOWN_VOICE, ...voice }));
  const rows = decodeFloat32(row.rows);
  const owners = voices.map(({ owner }) => owner);
  const cohort = { id, modelId, size, dimension, topN, erased, rows, owners };
  return { ...head, cohort, voices };
}

function statements(database: DatabaseSync) {
  const at = "registry_id = ? AND cohort_id = ?";
  return guarded(() => ({
    erased: database.prepare(`SELECT erased FROM cohorts WHERE ${at}`),
    get: database.prepare(`SELECT erased, head, voices, rows FROM cohorts WHERE ${at}`),
    put: database.prepare(
      `INSERT INTO cohorts(registry_id, cohort_id, model_id, erased, head, voices, rows)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    ),
    list: database.prepare(
      "SELECT erased, head FROM cohorts WHERE registry_id = ? AND model_id = ? ORDER BY seq",
    ),
    holding: database.prepare(
      `SELECT cohort_id FROM cohorts, json_each(voices)
       WHERE registry_id = ? AND json_extract(value, '$.owner') = ?`,
    ),
    owners: database.prepare(
      `SELECT DISTINCT json_extract(value, '$.owner') AS owner FROM cohorts, json_each(voices)
       WHERE registry_id = ? AND json_extract(value, '$.owner') IS NOT NULL`,
    ),
    rewrite: database.prepare(`UPDATE cohorts SET erased = ?, head = ?, voices = ?, rows = ? WHERE ${at}`),
  }));
}
