import type { DatabaseSync } from "node:sqlite";
import type { DecisionRecord, DecisionStore } from "../../ports/decision.ts";
import type { Clock } from "../../ports/world.ts";
import { guarded } from "./failures.ts";
import { transaction } from "./sqlite.ts";

const KEPT_MS = 90 * 86_400_000;

/** Decisions are kept for 90 days; each new one purges those that are older. */
export function localDecisions(database: DatabaseSync, clock: Clock): DecisionStore {
  const { get, put, purge, recent } = guarded(() => ({
    get: database.prepare(
      "SELECT body FROM decisions WHERE registry_id = ? AND decision_id = ? AND at_ms > ?",
    ),
    put: database.prepare(
      "INSERT OR REPLACE INTO decisions(registry_id, decision_id, at_ms, body) VALUES (?, ?, ?, ?)",
    ),
    purge: database.prepare("DELETE FROM decisions WHERE at_ms <= ?"),
    recent: database.prepare(
      "SELECT body FROM decisions WHERE registry_id = ? AND at_ms > ? ORDER BY at_ms DESC, decision_id LIMIT ?",
    ),
  }));
  const oldest = () => clock.now().getTime() - KEPT_MS;
  return {
    async put(decision) {
      transaction(database, () => {
        purge.run(oldest());
        const { registryId, decisionId, at } = decision;
        put.run(registryId, decisionId, Date.parse(at), JSON.stringify(decision));
      });
    },
    async get(registryId, decisionId) {
      const row = guarded(() => get.get(registryId, decisionId, oldest()));
      return row && decisionOf(row);
    },
    async recent(registryId, limit) {
      return guarded(() => recent.all(registryId, oldest(), limit)).map(decisionOf);
    },
  };
}

function decisionOf(row: Record<string, unknown>): DecisionRecord {
  const decision = JSON.parse(row.body as string) as DecisionRecord;
  return { ...decision, uid: decision.uid ?? undefined };
}
