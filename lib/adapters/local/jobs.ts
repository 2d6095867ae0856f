import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { JobId } from "../../id.ts";
import type { JobStore } from "../../ports/job.ts";
import type { Clock, Random } from "../../ports/world.ts";
import { jobOf, jobResultOf } from "../shared/stored-job.ts";
import { contention, guarded, guardedFiles } from "./failures.ts";
import { ownFiles } from "./own-files.ts";
import { transaction } from "./sqlite.ts";

/** Jobs and results in the database, manifests in files `jobs/<registry>/<job>`. Each new job purges those whose time is over. */
export function localJobs(
  database: DatabaseSync,
  { folder, clock, random }: { folder: string; clock: Clock; random: Random },
): JobStore {
  const sql = statements(database);
  const files = ownFiles(join(folder, "jobs"), random);
  const now = () => clock.now().getTime();
  return {
    async get(registryId, jobId) {
      const row = guarded(() => sql.get.get(registryId, jobId, now()));
      return row && jobOf(row.body as string);
    },
    async put(job, result) {
      const { registryId, jobId, version, state, goneAt } = job;
      const place = [registryId, jobId] as const;
      const values = [version, state === "done" ? 1 : 0, Date.parse(goneAt), JSON.stringify(job), ...place];
      transaction(database, () => {
        if (version === 1) for (const purge of sql.purges) purge.run(now());
        const { changes } =
          version === 1 ? sql.insert.run(...values) : sql.update.run(...values, version - 1);
        if (changes === 0) throw contention(`Another worker is at ${jobId}.`);
        if (result) sql.result.run(...place, result.line, JSON.stringify(result));
      });
    },
    async unfinished(registryId) {
      return guarded(() => sql.unfinished.all(registryId, now())).map((row) => row.job_id as JobId);
    },
    async results(registryId, jobId, after, limit) {
      const rows = guarded(() => sql.results.all(registryId, jobId, after, limit));
      return rows.map((row) => jobResultOf(row.body as string));
    },
    putManifest: (registryId, jobId, bytes) => guardedFiles(() => files.put([registryId, jobId], bytes)),
    manifest: (registryId, jobId) => guardedFiles(() => files.read(registryId, jobId)),
    removeManifest: (registryId, jobId) => guardedFiles(() => files.remove(registryId, jobId)),
  };
}

function statements(database: DatabaseSync) {
  return guarded(() => ({
    get: database.prepare("SELECT body FROM jobs WHERE registry_id = ? AND job_id = ? AND gone_ms > ?"),
    insert: database.prepare(
      `INSERT INTO jobs(version, finished, gone_ms, body, registry_id, job_id) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    ),
    update: database.prepare(
      `UPDATE jobs SET version = ?, finished = ?, gone_ms = ?, body = ?
       WHERE registry_id = ? AND job_id = ? AND version = ?`,
    ),
    purges: [
      database.prepare(
        `DELETE FROM job_results WHERE (registry_id, job_id) IN
         (SELECT registry_id, job_id FROM jobs WHERE gone_ms <= ?)`,
      ),
      database.prepare("DELETE FROM jobs WHERE gone_ms <= ?"),
    ],
    unfinished: database.prepare(
      "SELECT job_id FROM jobs WHERE registry_id = ? AND finished = 0 AND gone_ms > ? ORDER BY job_id",
    ),
    result: database.prepare(
      "INSERT OR REPLACE INTO job_results(registry_id, job_id, line, body) VALUES (?, ?, ?, ?)",
    ),
    results: database.prepare(
      `SELECT body FROM job_results WHERE registry_id = ? AND job_id = ? AND line > ? ORDER BY line LIMIT ?`,
    ),
  }));
}
